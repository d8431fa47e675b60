import NodePorts
import PodNetwork

/// The two namespaces of a comparison.
enum ComparedPlace: String, CaseIterable {
    case host, sandbox
}

/// One thing done to both kernels, whose answers must be equal.
enum KernelComparisonStep {
    /// Changes sent together; the peers of veths among them are placed in `peers`.
    case perform([KernelChange], in: ComparedPlace, peers: ComparedPlace)
    /// What the node asks for on top of changes, and may ask for twice.
    case want(Wish, [KernelObject], in: ComparedPlace, peers: ComparedPlace)
    case read(KernelQuery, in: ComparedPlace)

    enum Wish: String, CaseIterable {
        case ensure, remove, missing
    }

    /// The same as steps of one change each.
    var singles: [KernelComparisonStep] {
        switch self {
        case .perform(let changes, let place, let peers): changes.map { .perform([$0], in: place, peers: peers) }
        case .want(let wish, let objects, let place, let peers): objects.map { .want(wish, [$0], in: place, peers: peers) }
        case .read: [self]
        }
    }
}

extension KernelComparisonStep.Wish {
    /// What the namespace says to it: an error, what could not be removed, or what is missing.
    func answer(_ objects: [KernelObject], of namespace: any KernelNamespace, sandboxNetns: Int32?) -> [String] {
        do throws(KernelError) {
            switch self {
            case .ensure:
                try namespace.ensure(objects, sandboxNetns: sandboxNetns)
                return ["done"]
            case .remove: return try namespace.remove(objects).map { "\($0)" }
            case .missing: return try namespace.missing(objects).map { "\($0)" }
            }
        } catch {
            return ["\(error)"]
        }
    }
}

/// A question to a namespace.
enum KernelQuery: Hashable {
    case links, addresses, routes, rules, neighbours
    case link(LinkName)
    case sysctl(String)

    static let lists: [KernelQuery] = [.links, .addresses, .routes, .rules, .neighbours]

    /// The answer as lines: sorted where the port promises no order, without link indices, which each kernel gives as it likes.
    func answer(of namespace: any KernelNamespace) throws(KernelError) -> [String] {
        switch self {
        case .links: try namespace.links().map(Self.text).sorted()
        case .addresses: try namespace.addresses().map { "\($0)" }.sorted()
        case .routes: try namespace.routes().map { "\($0) proto \($0.origin.number)" }.sorted()
        case .rules: try namespace.rules().map { "\($0.family) \($0) proto \($0.origin.number)" }
        case .neighbours: try namespace.neighbours().map { "\($0)" }.sorted()
        case .link(let name): try namespace.link(named: name).map { [Self.text($0)] } ?? []
        case .sysctl(let path): try namespace.sysctl(path).map { ["\(path) = \($0)"] } ?? []
        }
    }

    private static func text(_ link: LinkState) -> String {
        "link \(link.name) address \(link.mac) mtu \(link.mtuBytes) \(link.isUp ? "up" : "down") group \(link.group)"
            + " kind \"\(link.kind)\" alias \"\(link.alias)\""
    }
}

extension KernelComparisonStep: CustomStringConvertible {
    /// A line as one would write it behind `ip`, such as `host: route add 10.0.0.1/32 dev eniA`.
    var description: String {
        switch self {
        case .perform(let changes, let place, let peers):
            "\(place): " + changes.map { Self.text($0, peers: peers) }.joined(separator: "; ")
        case .want(let wish, let objects, let place, let peers):
            "\(place): \(wish) \(objects.map { "\($0)\(Self.origin(of: $0))" }.joined(separator: "; ")), peers in \(peers)"
        case .read(let query, let place): "\(place): read \(query)"
        }
    }

    private static func text(_ change: KernelChange, peers: ComparedPlace) -> String {
        switch change {
        case .create(.veth(let pair)): "add \(pair) in \(peers) alias \"\(pair.alias)\""
        case .create(let object): "add \(object)\(origin(of: object))"
        case .replace(let object): "replace \(object)\(origin(of: object))"
        case .delete(let object): "delete \(object)\(origin(of: object))"
        case .setLink(let name, let settings): "set link \(name)\(text(settings))"
        case .deleteLinks(let group): "delete links of group \(group)"
        case .setSysctl(let path, let value): "sysctl \(path)=\(value)"
        }
    }

    private static func origin(of object: KernelObject) -> String {
        switch object {
        case .route(let route): " proto \(route.origin.number)"
        case .rule(let rule): " proto \(rule.origin.number) family \(rule.family)"
        case .veth, .vlan, .address, .neighbour: ""
        }
    }

    private static func text(_ settings: LinkSettings) -> String {
        var text = ""
        if let isUp = settings.isUp { text += isUp ? " up" : " down" }
        if let mtuBytes = settings.mtuBytes { text += " mtu \(mtuBytes)" }
        if let alias = settings.alias { text += " alias \"\(alias)\"" }
        if let group = settings.group { text += " group \(group)" }
        return text
    }
}
