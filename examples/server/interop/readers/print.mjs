// Prints events as lines of JSON, and ends with the event `end`.
export const url = process.argv[2];

export function print(event, data, id) {
  console.log(JSON.stringify({ event, data, id }));
  if (event === 'end') process.exit(0);
}
