use crate::Result;
use crate::report::heading;

pub(crate) fn compile_error() -> Result {
    heading("8. What does not compile");
    Ok(())
}
