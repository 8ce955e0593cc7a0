::core::compile_error! {
    "expected parentheses"
}
