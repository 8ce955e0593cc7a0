//! In which order tables are emptied: those that point to others first. Tables that point to each other in a
//! circle are emptied together.

/// Groups of tables in the order in which they are emptied.
///
/// `edges` says which table points to which. `last` is emptied after all that do not need it to be emptied
/// before.
pub(super) fn order(
    tables: usize,
    edges: &[(usize, usize)],
    last: Option<usize>,
) -> Vec<Vec<usize>> {
    let reaches = reachability(tables, edges);
    let mut group_of = vec![usize::MAX; tables];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for table in 0..tables {
        if group_of[table] != usize::MAX {
            continue;
        }
        let members: Vec<usize> = (0..tables)
            .filter(|&other| other == table || (reaches[table][other] && reaches[other][table]))
            .collect();
        for &member in &members {
            group_of[member] = groups.len();
        }
        groups.push(members);
    }
    let last = last.map(|table| group_of[table]);
    let mut waiting: Vec<usize> = (0..groups.len()).collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let is_free = |group: usize| {
            edges.iter().all(|&(from, to)| {
                group_of[to] != group
                    || group_of[from] == group
                    || !waiting.contains(&group_of[from])
            })
        };
        // Groups are free of circles, so one of them is free.
        let free: Vec<usize> = (waiting.iter().copied())
            .filter(|&group| is_free(group))
            .collect();
        let next = free.iter().find(|&&group| Some(group) != last);
        let Some(&next) = next.or(free.first()) else {
            break;
        };
        waiting.retain(|&group| group != next);
        ordered.push(std::mem::take(&mut groups[next]));
    }
    ordered
}

/// Which table leads to which, over any number of edges.
fn reachability(tables: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
    let mut next = vec![Vec::new(); tables];
    for &(from, to) in edges {
        next[from].push(to);
    }
    (0..tables)
        .map(|start| {
            let mut reached = vec![false; tables];
            let mut open = vec![start];
            while let Some(table) = open.pop() {
                for &to in &next[table] {
                    if !reached[to] {
                        reached[to] = true;
                        open.push(to);
                    }
                }
            }
            reached
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_points_goes_first_and_the_root_last() {
        // 0 root, 1 projects, 2 tasks, 3 alone.
        let edges = [(1, 0), (2, 1), (2, 0)];
        assert_eq!(
            order(4, &edges, Some(0)),
            [vec![2], vec![1], vec![3], vec![0]]
        );
    }

    #[test]
    fn what_the_root_points_to_comes_after_it() {
        assert_eq!(order(2, &[(0, 1)], Some(0)), [vec![0], vec![1]]);
    }

    #[test]
    fn circles_are_one_group() {
        // 1 and 2 in a circle, 3 points to itself and to the circle, which points to 0.
        let edges = [(1, 2), (2, 1), (3, 3), (3, 1), (2, 0)];
        assert_eq!(order(4, &edges, Some(0)), [vec![3], vec![1, 2], vec![0]]);
    }

    #[test]
    fn every_order_is_right() {
        // All graphs of four tables without circles to themselves.
        let pairs: Vec<(usize, usize)> = (0..4)
            .flat_map(|from| (0..4).map(move |to| (from, to)))
            .filter(|(from, to)| from != to)
            .collect();
        for bits in 0..1u32 << pairs.len() {
            let chosen = (0..pairs.len()).filter(|i| bits & (1 << i) != 0);
            let edges: Vec<_> = chosen.map(|i| pairs[i]).collect();
            let groups = order(4, &edges, Some(0));
            let place = |table| groups.iter().position(|group| group.contains(&table));
            let mut all: Vec<usize> = groups.concat();
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 3], "{edges:?}");
            for &(from, to) in &edges {
                assert!(place(from) <= place(to), "{edges:?}: {groups:?}");
            }
        }
    }
}
