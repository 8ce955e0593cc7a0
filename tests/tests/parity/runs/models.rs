use diesel::prelude::*;
#[allow(unused_imports, reason = "the plain lines have the traits of Diesel")]
use tenancy_diesel::{ScopedBelongingToDsl, ScopedSaveChangesDsl, TenantQuery};

use crate::world::World;

#[test]
fn models_are_selected() {
    let world = World::to_read();
    let names = same!(world, |conn| projects::table
        .order(projects::id)
        .select(Project::as_select())
        .load(conn)
        .unwrap()
        .into_iter()
        .map(|project| (project.id, project.name, project.country))
        .collect::<Vec<_>>());
    assert_eq!(names.len(), 3);
    let pairs = same!(world, |conn| projects::table
        .left_join(tasks::table)
        .order((projects::id, tasks::id))
        .select((Project::as_select(), Option::<Task>::as_select()))
        .load(conn)
        .unwrap()
        .into_iter()
        .map(|(project, task)| (project.name, task.map(|task| task.title)))
        .collect::<Vec<_>>());
    assert_eq!(pairs.len(), 5);
    let outlines = same!(world, |conn| projects::table
        .order(projects::id)
        .select(Outline::as_select())
        .load(conn)
        .unwrap()
        .into_iter()
        .map(|outline| (outline.id, outline.title.text))
        .collect::<Vec<_>>());
    assert_eq!(outlines[0], (1, "alpha a".to_owned()));
}

#[test]
fn models_are_queried_by_position() {
    let world = World::to_read();
    let tasks = same!(world, |conn| tasks::table
        .order(tasks::id)
        .select((tasks::id, tasks::title))
        .load::<Task>(conn)
        .unwrap()
        .into_iter()
        .map(|task| (task.id, task.title))
        .collect::<Vec<_>>());
    assert_eq!(tasks.len(), 4);
}

#[test]
fn models_are_queried_by_name() {
    #[derive(Debug, PartialEq, QueryableByName)]
    #[diesel(table_name = tenancy_tests::plain::tasks)]
    struct Titled {
        id: i32,
        title: String,
    }
    let world = World::to_read();
    let sql = "SELECT * FROM tasks ORDER BY id";
    let expected: Vec<Titled> = diesel::sql_query(sql).load(&mut world.plain()).unwrap();
    let found: Vec<Titled> = diesel::sql_query(sql)
        .load(&mut world.shared[0].scope())
        .unwrap();
    assert_eq!(expected[3].title, "four a");
    assert_eq!(found, expected);
}

mod plain {
    use diesel::prelude::*;
    use tenancy_tests::plain::{projects, tasks};

    #[derive(Debug, Clone, HasQuery, Identifiable, AsChangeset)]
    #[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
    pub(super) struct Project {
        pub(super) id: i32,
        pub(super) name: String,
    }

    #[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations)]
    #[diesel(table_name = tasks, belongs_to(Project), check_for_backend(diesel::pg::Pg))]
    pub(super) struct Task {
        pub(super) id: i32,
        pub(super) project_id: i32,
        pub(super) title: String,
    }
}

mod scoped {
    use diesel::prelude::*;
    use tenancy_diesel::TenantScoped;
    use tenancy_tests::schema::{projects, tasks};

    #[derive(Debug, Clone, Queryable, Selectable, AsChangeset, TenantScoped)]
    #[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
    pub(super) struct Project {
        pub(super) id: i32,
        pub(super) name: String,
    }

    #[derive(Debug, Clone, Queryable, Selectable, Associations, TenantScoped)]
    #[diesel(table_name = tasks, belongs_to(Project), check_for_backend(diesel::pg::Pg))]
    pub(super) struct Task {
        pub(super) id: i32,
        pub(super) project_id: i32,
        pub(super) title: String,
    }
}

type Grouped = Vec<(String, Vec<String>)>;

#[test]
fn children_belong_to_their_parents() {
    let world = World::to_read();
    let expected: Grouped = {
        use plain::{Project, Task};
        let conn = &mut world.plain();
        let projects: Vec<Project> = Project::query()
            .order(tenancy_tests::plain::projects::id)
            .load(conn)
            .unwrap();
        let tasks: Vec<Task> = <Task as BelongingToDsl<_>>::belonging_to(&projects)
            .select(Task::as_select())
            .order(tenancy_tests::plain::tasks::id)
            .load(conn)
            .unwrap();
        let tasks: Vec<Vec<Task>> = tasks.grouped_by(&projects);
        group(projects.into_iter().map(|p| p.name), tasks, |task| {
            task.title
        })
    };
    assert_eq!(expected[0].1, ["one a", "two a"]);
    for shared in &world.shared {
        use scoped::{Project, Task};
        use tenancy_tests::schema::{projects, tasks};
        let conn = &mut shared.scope();
        let parents: Vec<Project> = Project::query().order(projects::id).load(conn).unwrap();
        let children: Vec<Task> = Task::belonging_to(&parents)
            .select(Task::as_select())
            .order(tasks::id)
            .load(conn)
            .unwrap();
        let of_one: Vec<Task> = Task::belonging_to(&parents[1])
            .select(Task::as_select())
            .load(conn)
            .unwrap();
        assert_eq!(of_one.len(), 2);
        let owner = diesel::associations::BelongsTo::<Project>::foreign_key(&children[0]);
        assert_eq!(owner, Some(&1));
        let grouped: Vec<Vec<Task>> = children.clone().grouped_by(&parents);
        let tried = children.try_grouped_by(&parents).unwrap();
        assert_eq!(tried.len(), grouped.len());
        assert_eq!(grouped[0][0].project_id, 1);
        let found = group(parents.into_iter().map(|p| p.name), grouped, |task| {
            task.title
        });
        assert_eq!(found, expected);
    }
}

fn group<T>(
    names: impl Iterator<Item = String>,
    children: Vec<Vec<T>>,
    title: impl Fn(T) -> String,
) -> Grouped {
    names
        .zip(children)
        .map(|(name, children)| (name, children.into_iter().map(&title).collect()))
        .collect()
}

#[test]
fn changes_of_a_model_are_saved() {
    let world = World::new();
    let expected = {
        let project = plain::Project {
            id: 2,
            name: "saved".to_owned(),
        };
        let saved: plain::Project =
            // Diesel's own asks for a model of the whole row.
            diesel::update(&project)
                .set(&project)
                .returning(plain::Project::as_returning())
                .get_result(&mut world.plain())
                .unwrap();
        (saved.id, saved.name)
    };
    for shared in &world.shared {
        let project = scoped::Project {
            id: 2,
            name: "saved".to_owned(),
        };
        let saved = ScopedSaveChangesDsl::save_changes(&project, &mut shared.scope()).unwrap();
        assert_eq!((saved.id, saved.name), expected);
        assert_eq!(world.rows_of(shared, tenancy_tests::A), world.rows());
    }
}
