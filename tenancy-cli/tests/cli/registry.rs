use crate::support::{Shop, tenancy};

#[test]
fn a_file_that_is_missing_or_broken_ends_with_2() {
    tenancy(&["doctor", "--registry", "/nowhere/tenancy.json"]).ended(2, "cannot be read");
    let shop = Shop::empty();
    let file = shop.path("broken.json");
    std::fs::write(&file, "{").unwrap();
    let run = tenancy(&["doctor", "--registry", &file]).ended(2, "no registry");
    assert!(run.err.contains("tenancy registry"), "{}", run.err);
    std::fs::write(&file, "{\"format\": 9}").unwrap();
    tenancy(&["doctor", "--registry", &file]).ended(2, "format 9");
}

#[test]
fn a_command_that_needs_the_tables_says_how_they_get_in() {
    let run = tenancy(&["registry"]).ended(2, "needs to know the application's tables");
    assert!(run.err.contains("tenancy_cli::main"), "{}", run.err);
}
