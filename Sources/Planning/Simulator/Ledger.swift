import Addressing
import IPAMEngine
import Timeline

/// Who has which address, over all nodes, in the plainest books: an entry for each address and nothing derived.
///
/// Kept from journal entries and from what the kernels do, never from what an engine says of itself, and so the judge of all
/// engines. Each change returns what is wrong with it.
struct Ledger: Sendable {
    struct Holder: Hashable, Sendable, CustomStringConvertible {
        var node: Int
        var attachment: PodAttachment

        var description: String { "\(attachment) of node \(node)" }
    }

    let cooldown: Duration
    /// By the journals, from `allocated` to `released`.
    private(set) var holders: [IPv4Address: Holder] = [:]
    /// By the kernels, from the making of a link until the reaper has been there.
    private(set) var links: [IPv4Address: Holder] = [:]
    private var releasedAt: [IPv4Address: Instant] = [:]

    init(cooldown: Duration) {
        self.cooldown = cooldown
    }

    func isCooling(_ address: IPv4Address, at now: Instant) -> Bool {
        releasedAt[address].map { now - $0 < cooldown } ?? false
    }

    /// Why the address is not to be given back to EC2; nil when nobody uses it.
    func use(of address: IPv4Address, at now: Instant) -> String? {
        if let holder = holders[address] { return "held by \(holder)" }
        if let link = links[address] { return "on a link of \(link)" }
        return isCooling(address, at: now) ? "cooling" : nil
    }

    mutating func allocate(_ address: IPv4Address, to holder: Holder, at now: Instant) -> String? {
        let (other, link) = (holders.updateValue(holder, forKey: address), links[address])
        if let other, other != holder { return "\(address) has two owners: \(other) and \(holder)" }
        if let link, link != holder { return "\(address) is handed to \(holder) while \(link) has a link with it" }
        guard link == nil, let released = releasedAt[address], now - released < cooldown else { return nil }
        return "\(address) is handed to \(holder) \(now - released) after its release, with a cooldown of \(cooldown)"
    }

    mutating func release(_ address: IPv4Address, of holder: Holder, at now: Instant) -> String? {
        let owner = holders.removeValue(forKey: address)
        releasedAt[address] = now
        return owner == holder ? nil : "\(address) is released by \(holder) and held by \(owner?.description ?? "nobody")"
    }

    mutating func makeLink(with address: IPv4Address, of holder: Holder) -> String? {
        guard let other = links.updateValue(holder, forKey: address), other != holder else { return nil }
        return "\(address) is on links of \(other) and of \(holder)"
    }

    mutating func removeLink(with address: IPv4Address, of holder: Holder) {
        if links[address] == holder { links[address] = nil }
    }

    /// What the node's pods hold by the books.
    func holdings(ofNode node: Int) -> [PodAttachment: IPv4Address] {
        Dictionary(
            holders.lazy.filter { $0.value.node == node }.map { ($0.value.attachment, $0.key) }, uniquingKeysWith: { first, _ in first })
    }
}
