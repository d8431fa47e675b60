import Addressing
import IPAMEngine

/// How much the AWS VPC CNI thinks it has too little or too much of, by its own formulas (amazon-vpc-cni-k8s v1.23, pkg/ipamd).
///
/// Addresses in cooldown count as available, so that churn can leave pods without an address while nothing seems short.
struct IncumbentFormulas: Sendable {
    let unit: EngineConfiguration.Addressing.Unit
    let targets: WarmTargets
    let slotsPerENI: Int
    let maxPods: Int
    /// T, A, P and the prefixes without a pod.
    let total: Int
    let assigned: Int
    let prefixes: Int
    let freePrefixes: Int

    init(_ store: IncumbentStore, _ configuration: EngineConfiguration) {
        unit = store.unit
        targets = configuration.targets
        slotsPerENI = configuration.limits.slotsPerENI
        maxPods = configuration.limits.maxPods
        total = store.total
        assigned = store.assigned
        prefixes = store.prefixes
        freePrefixes = store.freePrefixes
    }

    private var warm: Int { targets.addresses ?? 0 }
    private var minimum: Int { targets.minimumAddresses ?? 0 }
    var hasAddressTargets: Bool { warm > 0 || minimum > 0 }
    var available: Int { total - assigned }
    private var addressesPerENI: Int { unit == .prefix ? slotsPerENI * 16 : slotsPerENI }

    var short: Int { max(warm - available, 0, minimum - total) }

    /// What may go: addresses, or prefixes where those are the unit.
    var over: Int {
        switch unit {
        case .secondary: max(min(max(available - warm, 0), total - minimum), 0)
        case .prefix:
            max(min(max(min(freePrefixes, prefixes - inPrefixes(assigned + warm)), 0), prefixes - inPrefixes(minimum)), 0)
        }
    }

    private func inPrefixes(_ addresses: Int) -> Int { (addresses + 15) / 16 }

    var isTooLow: Bool {
        if total >= maxPods { return false }
        if hasAddressTargets { return short > 0 }
        switch unit {
        case .secondary: return available < slotsPerENI * targets.enis || targets.enis == 0 && available == 0
        case .prefix: return available < 16 * targets.prefixes || targets.prefixes == 0 && available == 0
        }
    }

    var isTooHigh: Bool {
        if hasAddressTargets { return over > 0 }
        return unit == .prefix && freePrefixes > targets.prefixes
    }

    /// How many blocks may go at once.
    var blocksOver: Int { hasAddressTargets ? over : max(0, freePrefixes - targets.prefixes) }

    /// How many slots of an ENI are asked for: addresses or prefixes.
    var wanted: Int {
        switch unit {
        case .secondary: hasAddressTargets ? short : slotsPerENI
        case .prefix: hasAddressTargets ? max(1, inPrefixes(short)) : max(1, targets.prefixes - freePrefixes)
        }
    }

    /// Whether an ENI may be given back, of those beside the primary that have no pod; there is one.
    var mayDropENI: Bool {
        if hasAddressTargets { return true }
        switch unit {
        case .secondary: return available >= (targets.enis + 1) * addressesPerENI
        case .prefix: return true
        }
    }

    /// Whether the targets hold without this ENI.
    func holds(without eni: IncumbentStore.ENI, in store: IncumbentStore) -> Bool {
        let total = total - store.size(of: eni)
        func rounded(_ addresses: Int) -> Int { unit == .prefix ? inPrefixes(addresses) * 16 : addresses }
        if total - (assigned - eni.held) < rounded(warm) || total < rounded(minimum) { return false }
        return unit == .secondary || hasAddressTargets || freePrefixes - store.freePrefixes(of: eni) >= targets.prefixes
    }
}
