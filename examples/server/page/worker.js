// What all tabs of a browser share: a SharedWorker. `hub.js` does the same within a page.

import { serve } from "./hub.js";

addEventListener("connect", ({ ports: [port] }) => serve(port));
