use std::collections::BTreeSet;

#[test]
fn list() {
    let mut found = BTreeSet::new();
    for file in super::sources::files() {
        let mut here = BTreeSet::new();
        super::scan::scan(&file, &mut here);
        for item in here { found.insert(format!("{} {item}", file.display().to_string().split("/src/").last().unwrap())); }
    }
    panic!("{}", found.into_iter().collect::<Vec<_>>().join("\n"));
}
