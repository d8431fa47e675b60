#pragma once

/// Runs the work in the namespace and returns its result, or a negative errno when there is no way in.
int berth_nft_run_in(int netns, int (*run)(void *), void *argument);
