import Timeline

/// For how long, and for how many more pods, a look at the pools would find nothing to do.
///
/// Each look works it out anew. Until then a pod that comes or goes costs no look; whatever else happens ends it.
struct Calm: Sendable {
    private var until: Instant?
    /// How many addresses pods can take before a pool is short; negative when there is no calm.
    private var spare = -1

    init() {}

    /// - Parameters:
    ///   - until: When time alone gives the pools something to do; nil for never.
    ///   - spare: How many addresses pods can take before more are asked for.
    init(until: Instant?, spare: Int) {
        self.until = until
        self.spare = spare
    }

    func lasts(at now: Instant) -> Bool {
        guard spare >= 0 else { return false }
        return until.map { now < $0 } ?? true
    }

    mutating func take() {
        if spare >= 0 { spare -= 1 }
    }

    mutating func end() {
        spare = -1
    }
}
