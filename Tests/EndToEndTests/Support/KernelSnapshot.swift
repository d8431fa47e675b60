import NetlinkAdapter
import NodePorts
import PodNetwork

extension NetworkNamespace {
    /// Opens the namespace for reading and changing it, as an administrator would with `ip`.
    func enter() throws -> any KernelNamespace {
        try NetlinkKernel().openSandbox(open())
    }
}

/// Every link, address, route, rule and permanent neighbour of a namespace, in the words of `ip`.
///
/// What belongs to an ENI or to loopback is left out: ENIs come and go with the pool, not with the pods.
struct KernelSnapshot: Equatable {
    let objects: Set<String>

    init(_ namespace: NetworkNamespace) throws {
        let kernel = try namespace.enter()
        let links = try kernel.links().map(\.name).filter { !Self.isOfENI($0) }
        objects = Set(
            links.map { "link \($0)" }
                + (try kernel.addresses()).filter { !Self.isOfENI($0.device) }.map { "\($0)" }
                + (try kernel.routes()).filter { !Self.isOfENI($0.device) }.map { "\($0)" }
                + (try kernel.neighbours()).filter { !Self.isOfENI($0.device) }.map { "\($0)" }
                + (try kernel.rules()).filter { $0.priority != ENINetworkPlan.fromENIPriority }.map { "\($0)" })
    }

    /// Waits until the namespace is as it was, and returns in what it still differs; the links of deleted pods go a moment
    /// after their DEL.
    static func differences(of namespace: NetworkNamespace, from before: KernelSnapshot) throws -> [String] {
        var differences: [String] = []
        _ = try eventually {
            differences = try KernelSnapshot(namespace).objects.symmetricDifference(before.objects).sorted()
            return differences.isEmpty
        }
        return differences
    }

    private static func isOfENI(_ link: LinkName) -> Bool {
        link == .loopback || link.rawValue.hasPrefix("eth")
    }
}
