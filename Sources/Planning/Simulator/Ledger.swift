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

    /// An address that is kept for the next pod of a name.
    struct Promise: Hashable, Sendable {
        var name: PodName
        var until: Instant
    }

    let cooldown: Duration
    /// By the journals, from `allocated` to `released`.
    private(set) var holders: [IPAddress: Holder] = [:]
    /// By the kernels, from the making of a link until the reaper has been there.
    private(set) var links: [IPAddress: Holder] = [:]
    private var releasedAt: [IPAddress: Instant] = [:]
    private var promises: [IPAddress: Promise] = [:]

    init(cooldown: Duration) {
        self.cooldown = cooldown
    }

    /// Why the address is not to be given back to EC2; nil when nobody uses it.
    func use(of address: IPAddress, at now: Instant) -> String? {
        if let holder = holders[address] { return "held by \(holder)" }
        if let link = links[address] { return "on a link of \(link)" }
        guard let released = releasedAt[address], now - released < cooldown else { return nil }
        return "cooling"
    }

    /// - Parameter pod: The name of the pod, which may have been promised the address.
    mutating func allocate(_ address: IPAddress, to holder: Holder, of pod: PodName?, at now: Instant) -> String? {
        let other = holders.updateValue(holder, forKey: address)
        if let other, other != holder { return "\(address) has two owners: \(other) and \(holder)" }
        let link = links[address]
        if let link, link != holder { return "\(address) is handed to \(holder) while \(link) has a link with it" }
        let promise = promises.removeValue(forKey: address)
        if let promise, promise.until > now {
            guard promise.name != pod else { return nil }
            return "\(address) is handed to \(holder) and promised to \(promise.name) until \(promise.until)"
        }
        guard link == nil, let released = releasedAt[address], now - released < cooldown else { return nil }
        return "\(address) is handed to \(holder) \(now - released) after its release, with a cooldown of \(cooldown)"
    }

    mutating func release(_ address: IPAddress, of holder: Holder, at now: Instant) -> String? {
        let owner = holders.removeValue(forKey: address)
        releasedAt[address] = now
        return owner == holder ? nil : "\(address) is released by \(holder) and held by \(owner?.description ?? "nobody")"
    }

    mutating func promise(_ address: IPAddress, to name: PodName, until: Instant) {
        promises[address] = Promise(name: name, until: until)
    }

    /// The address is the node's no longer, so nobody can be kept waiting for it.
    mutating func lose(_ address: IPAddress) {
        promises[address] = nil
    }

    mutating func makeLink(with address: IPAddress, of holder: Holder) -> String? {
        guard let other = links.updateValue(holder, forKey: address), other != holder else { return nil }
        return "\(address) is on links of \(other) and of \(holder)"
    }

    mutating func removeLink(with address: IPAddress, of holder: Holder) {
        if links[address] == holder { links[address] = nil }
    }

    /// What the node's pods hold by the books.
    func holdings(ofNode node: Int) -> [PodAttachment: Set<IPAddress>] {
        var holdings: [PodAttachment: Set<IPAddress>] = [:]
        for (address, holder) in holders where holder.node == node { holdings[holder.attachment, default: []].insert(address) }
        return holdings
    }
}
