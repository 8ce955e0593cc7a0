use diesel::dsl::*;
use diesel::prelude::*;

use super::compare;

#[test]
fn window_functions() {
    compare! { samples:
        row_number: row_number().over().window_order(samples::amount.desc()),
        rank: rank().over().window_order(samples::amount),
        dense_rank: dense_rank().over().window_order(samples::amount),
        percent_rank: percent_rank().over().window_order(samples::amount),
        cume_dist: cume_dist().over().window_order(samples::amount),
        ntile: ntile(2).over().window_order(samples::id),
        lag: lag(samples::amount).over().window_order(samples::id),
        lag_with_offset: lag_with_offset(samples::amount, 2).over().window_order(samples::id),
        lag_with_offset_and_default:
            lag_with_offset_and_default(samples::amount, 2, samples::id).over().window_order(samples::id),
        lead: lead(samples::amount).over().window_order(samples::id),
        lead_with_offset: lead_with_offset(samples::amount, 2).over().window_order(samples::id),
        lead_with_offset_and_default:
            lead_with_offset_and_default(samples::amount, 2, samples::id).over().window_order(samples::id),
        first_value: first_value(samples::name).over().window_order(samples::id.desc()),
        last_value: last_value(samples::name).over().partition_by(samples::flag),
        nth_value: nth_value(samples::name, 2).over().partition_by(samples::flag),
    }
}

/// The filter of the tenant is under the window, not above it.
#[test]
fn clauses_of_windows() {
    compare! { samples:
        over: count_star().over(),
        partition_by: sum(samples::amount).over().partition_by(samples::flag),
        partition_by_the_tenant: count(samples::id).over().partition_by(samples::tenant_id),
        window_filter: sum(samples::amount).over().window_filter(samples::id.gt(1)),
        window_order: sum(samples::amount).over().window_order((samples::flag, samples::id.desc())),
        frame_by: sum(samples::amount)
            .over()
            .window_order(samples::id)
            .frame_by(frame::Rows.frame_start_with(1.preceding())),
        frame_start_with_exclusion: sum(samples::amount)
            .over()
            .window_order(samples::id)
            .frame_by(frame::Rows.frame_start_with_exclusion(2.preceding(), frame::ExcludeCurrentRow)),
        frame_between: avg(samples::amount)
            .over()
            .window_order(samples::id)
            .frame_by(frame::Rows.frame_between(frame::CurrentRow, 1.following())),
        frame_between_with_exclusion: max(samples::amount)
            .over()
            .window_order(samples::amount)
            .frame_by(frame::Groups.frame_between_with_exclusion(
                frame::UnboundedPreceding,
                frame::UnboundedFollowing,
                frame::ExcludeTies,
            )),
        frame_of_a_range: count_star()
            .over()
            .window_order(samples::amount)
            .frame_by(frame::Range.frame_between_with_exclusion(
                frame::UnboundedPreceding,
                frame::CurrentRow,
                frame::ExcludeNoOthers,
            )),
        frame_without_its_group: count_star()
            .over()
            .window_order(samples::amount)
            .frame_by(frame::Groups.frame_start_with_exclusion(frame::UnboundedPreceding, frame::ExcludeGroup)),
    }
}
