use crate::Result;
use crate::report::{check, heading};

/// What rustc says about a query on a connection that is in nobody's scope.
///
/// It is recorded where a test compiles the wrong line: this program could not contain it.
const RECORDED: &str =
    include_str!("../../../../tests/tests/compile-fail/gate/load_on_a_raw_connection.stderr");

/// The query of part 1 on a raw connection. There is no run time to wait for.
pub(crate) fn compile_error() -> Result {
    heading("8. The same query on a raw connection");
    for line in RECORDED.lines() {
        println!("  {line}");
    }
    let names_the_way_out = RECORDED.contains("expected `&mut Scoped<_, OrgId>`");
    check("the error names a scope", &names_the_way_out, &true)
}
