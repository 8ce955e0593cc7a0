//~ the owners of `chapters` go round in a circle; one of them needs a tenant column

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
