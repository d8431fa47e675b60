import CNISpec
import NodeConfiguration
import NodeInstall
import PodNetwork

/// What the incumbent's variables say of the conflist (reference: the environment of `aws-node`).
struct ListVariables {
    private(set) var list = NetworkList()

    /// - Throws: ``ConfigurationFaults`` with everything that cannot be taken.
    init(environment: [String: String]) throws(ConfigurationFaults) {
        var faults: [ConfigurationFault] = []
        let variables = NodeVariables(environment: environment, known: ["BERTH_SOCKET"], faults: &faults)
        list.vethPrefix = variables.network.podLinkPrefix
        list.mtu = Self.mtu(environment, &faults) ?? variables.eniMTUBytes
        list.hasBandwidth = Self.flag("ENABLE_BANDWIDTH_PLUGIN", environment, &faults)
        if Self.flag("DISABLE_POD_V6", environment, &faults) {
            list.sysctls = ["all", "default", "lo"].map { .init(name: "net.ipv6.conf.\($0).disable_ipv6", value: "1") }
        }
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
    }

    private static func mtu(_ environment: [String: String], _ faults: inout [ConfigurationFault]) -> Int? {
        guard let text = environment["POD_MTU"], !text.isEmpty else { return nil }
        let range = NetworkConfiguration.mtuRange
        guard let mtu = Int(text), range.contains(mtu) else {
            faults.append(
                ConfigurationFault(
                    place: "environment", problem: "POD_MTU is \"\(text)\"",
                    remedy: "Give a whole number of bytes from \(range.lowerBound) to \(range.upperBound)"))
            return nil
        }
        return mtu
    }

    /// The words are those that Go's `ParseBool` takes.
    private static func flag(_ name: String, _ environment: [String: String], _ faults: inout [ConfigurationFault]) -> Bool {
        switch environment[name] {
        case nil, "", "0", "f", "F", "false", "False", "FALSE": return false
        case "1", "t", "T", "true", "True", "TRUE": return true
        case .some(let text):
            faults.append(
                ConfigurationFault(place: "environment", problem: "\(name) is \"\(text)\"", remedy: "Give true or false"))
            return false
        }
    }
}
