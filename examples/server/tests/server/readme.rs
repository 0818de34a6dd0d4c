//! The handler that the README shows is the one that is built.

#[test]
fn the_readme_shows_the_handler() {
    let readme = include_str!("../../../../README.md");
    let handler = include_str!("../../examples/handler.rs");
    let code: Vec<_> = handler.lines().skip_while(|line| line.starts_with("//!")).collect();
    assert!(readme.contains(code.join("\n").trim()), "README.md has another handler");
}
