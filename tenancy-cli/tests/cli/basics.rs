use crate::support::{Shop, binary, program, tenancy};

#[test]
fn help_teaches_with_examples_and_exit_codes() {
    let help = tenancy(&["--help"]).fine();
    for part in [
        "Examples:",
        "Exit codes:",
        "TENANCY_DATABASE_URL",
        "tenancy doctor",
    ] {
        assert!(help.contains(part), "{part}\n{help}");
    }
    for command in [
        "doctor",
        "explain",
        "keys",
        "migrations",
        "setup",
        "registry",
    ] {
        let help = tenancy(&[command, "--help"]).fine();
        assert!(help.contains("tenancy "), "{help}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_2_and_a_suggestion() {
    tenancy(&["doctr"]).ended(2, "doctor");
    tenancy(&["keys", "rotate"]).ended(2, "<TENANT|--all>");
    tenancy(&["keys", "rotate", "42", "--all"]).ended(2, "cannot be used with");
    tenancy(&[]).ended(2, "Usage:");
}

#[test]
fn a_missing_url_ends_with_2_and_names_the_variable() {
    let run = tenancy(&["doctor"]).ended(2, "TENANCY_DATABASE_URL");
    assert!(run.err.contains("--database-url"), "{}", run.err);
    tenancy(&["keys", "list"]).ended(2, "TENANCY_KEYS_DATABASE_URL");
}

#[test]
fn the_database_url_of_the_application_is_never_read() {
    let shop = Shop::empty();
    let mut command = program(&binary());
    let output = command
        .args(["migrations", "pending"])
        .env("DATABASE_URL", shop.database.url())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_server_that_cannot_be_reached_ends_with_3() {
    let url = "postgres://nobody@127.0.0.1:1/none";
    let run = tenancy(&["doctor", "--database-url", url]).ended(3, "cannot be reached");
    assert!(run.err.contains("help: "), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = tenancy(&["completions", shell]).fine();
        assert!(
            script.contains("explain") && script.contains("re-encrypt"),
            "{shell}"
        );
    }
    assert!(tenancy(&["man"]).fine().starts_with(".ie"));
}

#[test]
fn colours_are_there_when_they_are_asked_for_and_only_then() {
    let output = |arguments: &[&str], no_color: bool| {
        let mut command = program(&binary());
        command.args(arguments);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        command.output().unwrap().stderr
    };
    let escape = |bytes: Vec<u8>| bytes.contains(&0x1b);
    assert!(!escape(output(&["doctor"], false)));
    assert!(escape(output(&["doctor", "--color", "always"], false)));
    assert!(escape(output(&["--color=always", "doctr"], false)));
    assert!(!escape(output(&["doctor", "--color", "auto"], true)));
    assert!(!escape(output(&["doctor", "--color", "never"], false)));
}

#[test]
fn roles_are_written_as_a_script_that_runs() {
    let shop = Shop::empty();
    let app = shop.server.role_name("scripted_app");
    let owner = shop.server.role_name("scripted_owner");
    let migrator = shop.server.role_name("scripted_migrator");
    let keys = shop.server.role_name("scripted_keys");
    let script = shop.run(&[
        "setup",
        "roles",
        "--app-role",
        &app,
        "--owner-role",
        &owner,
        "--migrator-role",
        &migrator,
        "--keys-role",
        &keys,
    ]);
    let script = script.fine();
    assert!(!script.to_lowercase().contains("password '"), "{script}");
    for role in [&app, &owner, &migrator, &keys] {
        assert!(script.contains(role.as_str()), "{role}");
    }
    shop.execute(&script);
    // The registry has encrypted columns, so the role of the keys is there unasked.
    assert!(
        shop.run(&["setup", "roles"])
            .fine()
            .contains("\"tenancy_keys\"")
    );
    let file = shop.path("roles.sql");
    shop.run(&["setup", "roles", "--output", &file])
        .ended(0, "wrote");
    assert!(
        std::fs::read_to_string(file)
            .unwrap()
            .contains("CREATE ROLE")
    );
}
