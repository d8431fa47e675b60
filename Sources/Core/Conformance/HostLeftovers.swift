public import Addressing
public import NodePorts
import PodNetwork

/// What a plugin has left on the host: what was not there before and belongs to a container.
///
/// Other programs work on the host meanwhile, and a bridge or an ENI may come to stay. So only links that could lead into a
/// container count, and what stands on them or names a container's address.
public struct HostLeftovers: Sendable {
    private let before: NamespaceContents

    public init(since before: NamespaceContents) {
        self.before = before
    }

    /// Returns what is left, in the words of `ip`, ordered; empty when the host is clean.
    ///
    /// - Parameter addresses: Those that containers were given.
    public func list(in now: NamespaceContents, addresses: Set<IPAddress>) -> [String] {
        let known = Set(before.links.map(\.name))
        let links = Set(now.links.filter { $0.kind == "veth" && !known.contains($0.name) }.map(\.name))
        let isTheirs = { (block: CIDR?) in block.map { $0.isHost && addresses.contains($0.network) } ?? false }
        let routes = now.routes.filter { !before.routes.contains($0) && (links.contains($0.device) || isTheirs($0.destination)) }
        let rules = now.rules.filter { !before.rules.contains($0) && (isTheirs($0.source) || isTheirs($0.destination)) }
        let neighbours = now.neighbours.filter { !before.neighbours.contains($0) && addresses.contains($0.address) }
        return (links.map { "link \($0)" } + routes.map { "\($0)" } + rules.map { "\($0)" } + neighbours.map { "\($0)" }).sorted()
    }
}
