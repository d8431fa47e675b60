import NetlinkAdapter
import NodePorts
import PodNetwork

/// The network of one pod, without what no two pods share.
struct EndState: Equatable {
    /// Every link, address, route, rule and neighbour that the pod brought, in order.
    let objects: [String]

    /// Refuses a floor that does less, or more, than `berth` does for a pod: it would be no measure.
    static func requireEqual(_ contenders: [Contender], _ number: Int, in grounds: Grounds) throws {
        guard let berth = contenders.first(where: { $0.name == .berth }), let floor = contenders.first(where: { $0.name == .floor })
        else { return }
        let (own, least) = (try EndState(of: berth, number, in: grounds), try EndState(of: floor, number, in: grounds))
        guard own != least else { return }
        throw BenchmarkFailure.broken("berth leaves \(own.objects)\nand the floor \(least.objects)")
    }

    private init(of contender: Contender, _ number: Int, in grounds: Grounds) throws {
        let pod = try Pod(number, of: contender, in: grounds)
        defer { try? pod.namespace.remove() }
        let before = Set(try Self.objects(in: contender.node))
        let (_, result) = try pod.add()
        let inside = try Self.objects(in: pod.namespace)
        let outside = try Self.objects(in: contender.node).filter { !before.contains($0) }
        _ = try pod.delete(after: result)
        objects = Self.anonymous(inside, "in the pod") + Self.anonymous(outside, "on the node")
    }

    private static func objects(in namespace: NetworkNamespace) throws -> [String] {
        let kernel = try NetlinkKernel(namespace).openHost()
        let links = try kernel.links().map { link in
            "link \(link.name) \(link.kind) mtu \(link.mtuBytes) \(link.isUp ? "up" : "down") group \(link.group)"
                + (link.alias.isEmpty ? "" : " with alias")
        }
        let (addresses, routes) = (try kernel.addresses().map { "\($0)" }, try kernel.routes().map { "\($0)" })
        let (rules, neighbours) = (try kernel.rules().map { "\($0)" }, try kernel.neighbours().map { "\($0)" })
        return links + addresses + routes + rules + neighbours
    }

    /// Puts a word in the place of the pod's name of its link, its address and its MAC addresses. What the kernel makes of a MAC
    /// address by itself is left out: it comes a moment after the link is up.
    private static func anonymous(_ objects: [String], _ place: String) -> [String] {
        objects.filter { !$0.contains("fe80::") }.map { object in
            let words = object.split(separator: " ").map { word -> Substring in
                if word.hasPrefix("eni") { return "VETH" }
                if word.hasPrefix("10.") { return "POD" }
                return word.split(separator: ":").count == 6 ? "MAC" : word
            }
            return "\(place): \(words.joined(separator: " "))"
        }.sorted()
    }
}
