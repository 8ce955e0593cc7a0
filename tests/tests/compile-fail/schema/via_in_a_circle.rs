//~ ?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/circle.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [chapters.page_id -> pages, pages.chapter_id -> chapters],
        //~ right: via = [chapters.page_id -> pages, pages.org_id -> organisations],
    }
}

fn main() {}
