/// The fullest ENI of a pool for each kind of address, so that the one that serves next is found without a look at all of them.
///
/// It stays the fullest while it is filled, and has to be looked for again when it has lost an address or has no more to give.
struct Ranking: Sendable {
    /// What an ENI is ranked by.
    struct Standing: Sendable {
        /// The addresses that it holds.
        var held: Int
        /// Whether it has free ones for pods, by kind.
        var givesSingles: Bool
        var givesPrefixes: Bool

        func gives(_ kind: EngineConfiguration.Addressing.Unit) -> Bool {
            switch kind {
            case .secondary: givesSingles
            case .prefix: givesPrefixes
            }
        }
    }

    private struct Leader: Sendable {
        var eni: Int
        var held: Int

        /// Whether an ENI comes before it: one that holds more, and of equals the first.
        func yields(to eni: Int, holding held: Int) -> Bool { held > self.held || held == self.held && eni < self.eni }
    }

    /// Nil where it has to be looked for.
    private var singles: Leader?
    private var prefixes: Leader?

    /// The fullest ENI that gives addresses of a kind; nil where it has to be looked for.
    func fullest(giving kind: EngineConfiguration.Addressing.Unit) -> Int? {
        switch kind {
        case .secondary: singles?.eni
        case .prefix: prefixes?.eni
        }
    }

    /// Remembers the ENI that was found to be the fullest.
    mutating func lead(_ eni: Int, holding held: Int, for kind: EngineConfiguration.Addressing.Unit) {
        switch kind {
        case .secondary: singles = Leader(eni: eni, held: held)
        case .prefix: prefixes = Leader(eni: eni, held: held)
        }
    }

    /// Takes note of an ENI that has changed and has lost no address that it held.
    mutating func rank(_ eni: Int, _ standing: Standing) {
        Self.rank(eni, holding: standing.held, gives: standing.givesSingles, &singles)
        Self.rank(eni, holding: standing.held, gives: standing.givesPrefixes, &prefixes)
    }

    private static func rank(_ eni: Int, holding held: Int, gives: Bool, _ known: inout Leader?) {
        guard let leader = known else { return }
        if leader.eni == eni {
            known = gives ? Leader(eni: eni, held: held) : nil
        } else if gives, leader.yields(to: eni, holding: held) {
            known = Leader(eni: eni, held: held)
        }
    }

    /// Takes note of an ENI that has lost an address that it held.
    mutating func fall(_ eni: Int) {
        if singles?.eni == eni { singles = nil }
        if prefixes?.eni == eni { prefixes = nil }
    }
}
