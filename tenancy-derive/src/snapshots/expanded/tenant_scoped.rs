const _: () = {
    impl ::tenancy_diesel::TenantModel for Project {
        type Table = projects::table;
        type Key<'__row> = &'__row i32 where Self: '__row;
        fn key(&self) -> Self::Key<'_> {
            &self.id
        }
    }
    impl ::diesel::associations::HasTable for Project {
        type Table = ::tenancy_diesel::__private::ModelTable<projects::table>;
        fn table() -> Self::Table {
            ::tenancy_diesel::NoTable::__new()
        }
    }
    impl<'__model> ::diesel::associations::Identifiable for &'__model Project {
        type Id = &'__model i32;
        fn id(self) -> Self::Id {
            &self.id
        }
    }
    const _: () = {
        let _ = projects::id;
    };
    const _: () = {
        let _ = projects::name;
    };
    const _: fn() = || {
        fn scoped<T: ::tenancy_diesel::__private::TenantTable>() {}
        scoped::<projects::table>();
    };
};
