import Addressing
import IPAMEngine
public import InstanceTypes

extension NodeVariables {
    /// Says what does not go together, once every variable has its final value.
    ///
    /// - Parameters:
    ///   - type: The node's.
    ///   - places: Where variables were written, by name; `elsewhere` stands for the others.
    public func conflicts(on type: InstanceType, places: [String: String] = [:], elsewhere: String) -> [ConfigurationFault] {
        (familyConflicts(on: type) + placementConflicts(on: type) + poolConflicts).map { conflict in
            let place = conflict.names.lazy.compactMap { places[$0] }.first ?? elsewhere
            return ConfigurationFault(place: place, problem: conflict.problem, remedy: conflict.remedy)
        }
    }

    /// Says what the node will not do though it was told to, and why; it runs all the same.
    public func warnings(on type: InstanceType, place: String) -> [ConfigurationFault] {
        var warnings: [ConfigurationFault] = []
        if families.usesPrefixes, !families.hasIPv6, !type.supportsPrefixDelegation {
            warnings.append(
                ConfigurationFault(
                    place: place,
                    problem: "ENABLE_PREFIX_DELEGATION is true, but \(type.name) is not built on Nitro; pods get single addresses",
                    remedy: "Choose a type that is, or set it to false"))
        }
        if pool.missProbability != nil, pool.targets.addresses != nil {
            warnings.append(
                ConfigurationFault(
                    place: place, problem: "WARM_IP_TARGET is not followed while BERTH_AUTO_WARM_TARGET is on", remedy: "Set one of the two"
                ))
        }
        return warnings
    }

    /// Variables that contradict each other or the instance type.
    private struct Conflict {
        let names: [String]
        let problem: String
        let remedy: String

        init(_ names: String..., problem: String, remedy: String) {
            self.names = names
            self.problem = problem
            self.remedy = remedy
        }
    }

    /// The least packet that IPv6 asks of a link, in bytes (RFC 8200, section 5).
    private static let ipv6MTUBytesMin = 1280

    private func familyConflicts(on type: InstanceType) -> [Conflict] {
        guard families.hasIPv6 else {
            guard !families.hasIPv4 else { return [] }
            return [
                Conflict(
                    "ENABLE_IPv4", "ENABLE_IPv6", problem: "ENABLE_IPv4 and ENABLE_IPv6 are both false",
                    remedy: "Set one of them to true, or both")
            ]
        }
        var conflicts: [Conflict] = []
        if !families.hasIPv4, !families.usesPrefixes {
            conflicts.append(
                Conflict(
                    "ENABLE_PREFIX_DELEGATION", "ENABLE_IPv6", "ENABLE_IPv4",
                    problem: "ENABLE_IPv6 is true without IPv4, and ENABLE_PREFIX_DELEGATION is false",
                    remedy: "Set ENABLE_PREFIX_DELEGATION to true: pods get their IPv6 addresses from a /80 prefix"))
        }
        if !type.supportsPrefixDelegation || type.supportsIPv6 == false {
            let lack = type.supportsPrefixDelegation ? "has no IPv6" : "is not built on Nitro and has no /80 prefixes"
            conflicts.append(
                Conflict(
                    "ENABLE_IPv6", problem: "ENABLE_IPv6 is true, but \(type.name) \(lack)",
                    remedy: "Choose a type that has them, or set ENABLE_IPv6 to false"))
        }
        if eniMTUBytes < Self.ipv6MTUBytesMin {
            conflicts.append(
                Conflict(
                    "AWS_VPC_ENI_MTU", "ENABLE_IPv6",
                    problem: "AWS_VPC_ENI_MTU is \(eniMTUBytes), and IPv6 needs packets of \(Self.ipv6MTUBytesMin) bytes",
                    remedy: "Set it to \(wholeNumber(in: Self.ipv6MTUBytesMin...9001))"))
        }
        return conflicts
    }

    private func placementConflicts(on type: InstanceType) -> [Conflict] {
        guard placement.usesENIConfig else { return [] }
        var conflicts: [Conflict] = []
        if !families.hasIPv4 {
            conflicts.append(
                Conflict(
                    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_IPv4",
                    problem: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG is true, but pods have no IPv4 addresses",
                    remedy: "Set it to false, or ENABLE_IPv4 to true"))
        }
        let enisMax = min(type.enis, placement.enisMax ?? .max)
        if enisMax < 2 {
            conflicts.append(
                Conflict(
                    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "MAX_ENI",
                    problem: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG leaves pods no address: \(type.name) may have \(enisMax) ENI of "
                        + "\(type.enis), and that is the node's",
                    remedy: "Choose a type with more ENIs or a higher MAX_ENI, or set it to false"))
        }
        return conflicts
    }

    private var poolConflicts: [Conflict] {
        var conflicts: [Conflict] = []
        if pool.automaticLeast > pool.automaticMost {
            conflicts.append(
                Conflict(
                    "BERTH_AUTO_WARM_MIN", "BERTH_AUTO_WARM_MAX",
                    problem: "BERTH_AUTO_WARM_MIN is \(pool.automaticLeast), above BERTH_AUTO_WARM_MAX with \(pool.automaticMost)",
                    remedy: "Lower the one or raise the other"))
        }
        let barred = pods.reservations.filter { reservation in pool.excludedAddresses.contains { $0.contains(reservation.value) } }
        for (pod, address) in barred.sorted(by: { $0.value < $1.value }) {
            conflicts.append(
                Conflict(
                    "BERTH_RESERVATIONS", "BERTH_EXCLUDED_ADDRESSES", problem: "\(address) is reserved for \(pod) and excluded",
                    remedy: "Take it out of BERTH_EXCLUDED_ADDRESSES, or reserve another"))
        }
        return conflicts
    }
}
