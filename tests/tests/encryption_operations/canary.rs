use std::error::Error;

use tenancy_diesel::encryption::operations::{EncryptPlaintext, Reencrypt};
use tenancy_tests::A;

use crate::schema::{REGISTRY, people};
use crate::world::{MODES, World};

const CANARY: &str = "Canary-7f3a";

/// What the server has logged. A server that was not started by the tests may log elsewhere.
fn log(world: &World) -> Option<String> {
    let path = "COALESCE(pg_current_logfile(), \
                regexp_replace(current_setting('data_directory'), '/[^/]*$', '') || '/server.log')";
    let text = format!("SELECT pg_read_file({path}) AS text");
    let there = format!("SELECT 'yes' AS text WHERE (pg_stat_file({path}, true)).size > 0");
    (!world.texts(&there).is_empty()).then(|| world.texts(&text).concat())
}

#[test]
fn no_plaintext_is_in_the_servers_log_nor_in_reports_and_errors() {
    for mode in MODES {
        let world = World::new();
        world.people(4);
        world.execute(&format!(
            "UPDATE people SET plain_email = '{CANARY}' || name"
        ));
        let settings = world.texts("SELECT current_database()::text AS text");
        world.execute(&format!(
            "ALTER DATABASE \"{}\" SET log_statement = 'all'",
            settings[0]
        ));
        let before = log(&world).map_or(0, |log| log.len());
        let job = || {
            EncryptPlaintext::<String>::new(&REGISTRY, "people", "plain_email", "email")
                .blind_index(people::email_index)
        };
        let mut texts = vec![world.encrypt(mode, job().dry_run()).unwrap().to_string()];
        let report = world.encrypt(mode, job()).unwrap();
        assert_eq!(report.equal(), 4);
        texts.push(format!("{report} {report:?}"));
        world.new_generation();
        world.execute(&format!(
            "UPDATE people SET email = set_byte(email, 70, get_byte(email, 70) # 1)
             WHERE tenant_id = '{}' AND name = 'person 1'",
            A.0
        ));
        let report = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        assert_eq!(report.tally().failed, 1);
        texts.push(format!("{report} {report:?}"));
        world.execute(
            "ALTER TABLE people ADD CHECK (email IS NULL OR octet_length(email) < 9) NOT VALID",
        );
        world.execute("UPDATE people SET email = NULL, email_index = NULL");
        let error = world.encrypt(mode, job()).unwrap_err();
        let causes = std::iter::successors(Some(&error as &dyn Error), |&error| error.source());
        texts.extend(causes.map(|cause| format!("{cause} {cause:?}")));

        for text in &texts {
            assert!(!text.contains(CANARY), "{text}");
        }
        let log = log(&world);
        let is_ours = std::env::var_os("TENANCY_TEST_DATABASE_URL").is_none();
        assert!(log.is_some() || !is_ours);
        if let Some(log) = log {
            let logged = &log[before..];
            // The log has the statements of the operations, or this would prove nothing.
            assert!(logged.contains("tenancy_given") && logged.contains("person 2"));
            // A row that a constraint refuses is logged by the server as a whole. The guide says so.
            let mut lines = logged
                .lines()
                .filter(|line| !line.contains("Failing row contains"));
            assert_eq!(lines.find(|line| line.contains(CANARY)), None);
        }
        for text in texts {
            assert!(!text.contains(&A.0.to_string()), "{text}");
        }
    }
}
