public import PodNetwork

/// Everything of a namespace that a node looks at, read once.
///
/// The kinds are read one after another, so that a change between two of them can show in one alone.
public struct NamespaceContents: Hashable, Sendable {
    /// Ordered by index.
    public var links: [LinkState]
    public var addresses: [InterfaceAddress]
    /// The unicast routes of all tables but `local`.
    public var routes: [Route]
    /// Ordered by family and priority.
    public var rules: [Rule]
    /// The permanent ones.
    public var neighbours: [Neighbour]

    public init(links: [LinkState], addresses: [InterfaceAddress], routes: [Route], rules: [Rule], neighbours: [Neighbour]) {
        self.links = links
        self.addresses = addresses
        self.routes = routes
        self.rules = rules
        self.neighbours = neighbours
    }
}

extension KernelNamespace {
    public func contents() throws(KernelError) -> NamespaceContents {
        NamespaceContents(
            links: try links(), addresses: try addresses(), routes: try routes(), rules: try rules(), neighbours: try neighbours())
    }
}
