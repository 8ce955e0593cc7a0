//! The README shows a test that runs.

#[test]
fn the_example_of_the_readme_is_the_test_in_application_rs() {
    let readme = include_str!("../README.md");
    assert!(readme.contains(include_str!("application.rs")));
}
