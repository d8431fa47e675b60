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
    /// Of every address that somebody uses.
    private var uses: [IPAddress: Use] = [:]
    private var releasedAt: [IPAddress: Instant] = [:]
    private var promises: [IPAddress: Promise] = [:]

    /// At least one of the two.
    private struct Use: Sendable {
        /// By the journals, from `allocated` to `released`.
        var holder: Holder?
        /// By the kernels, from the making of a link until the reaper has been there.
        var link: Holder?

        /// - Returns: Who held it before, and who has a link with it.
        mutating func hold(by new: Holder) -> (holder: Holder?, link: Holder?) {
            defer { holder = new }
            return (holder, link)
        }

        /// - Returns: Who held it, and whether somebody has a link with it.
        mutating func release() -> (holder: Holder?, isLinked: Bool) {
            (holder.take(), link != nil)
        }

        /// - Returns: Whether somebody holds it, or another has a link with it.
        mutating func removeLink(of holder: Holder) -> Bool {
            if link == holder { link = nil }
            return self.holder != nil || link != nil
        }

        /// - Returns: Who had a link with it before.
        mutating func makeLink(of new: Holder) -> Holder? {
            defer { link = new }
            return link
        }
    }

    init(cooldown: Duration) {
        self.cooldown = cooldown
    }

    /// How many addresses are held.
    var heldCount: Int { uses.values.count { $0.holder != nil } }

    /// Who holds the address; nil when nobody does.
    func holder(of address: IPAddress) -> Holder? { uses[address]?.holder }

    /// Why the address is not to be given back to EC2; nil when nobody uses it.
    func use(of address: IPAddress, at now: Instant) -> String? {
        if let holder = uses[address]?.holder { return "held by \(holder)" }
        if let link = uses[address]?.link { return "on a link of \(link)" }
        guard let released = releasedAt[address], now - released < cooldown else { return nil }
        return "cooling"
    }

    /// - Parameter pod: The name of the pod, which may have been promised the address.
    mutating func allocate(_ address: IPAddress, to holder: Holder, of pod: PodName?, at now: Instant) -> String? {
        let (other, link) = uses[address, default: Use()].hold(by: holder)
        if let other, other != holder { return "\(address) has two owners: \(other) and \(holder)" }
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
        releasedAt[address] = now
        var owner: Holder?
        if let index = uses.index(forKey: address) {
            let (last, isLinked) = uses.values[index].release()
            owner = last
            if !isLinked { uses.remove(at: index) }
        }
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
        guard let other = uses[address, default: Use()].makeLink(of: holder), other != holder else { return nil }
        return "\(address) is on links of \(other) and of \(holder)"
    }

    mutating func removeLink(with address: IPAddress, of holder: Holder) {
        guard let index = uses.index(forKey: address) else { return }
        let isUsed = uses.values[index].removeLink(of: holder)
        if !isUsed { uses.remove(at: index) }
    }

    /// What the node's pods hold by the books.
    func holdings(ofNode node: Int) -> [PodAttachment: Set<IPAddress>] {
        var holdings: [PodAttachment: Set<IPAddress>] = [:]
        for (address, use) in uses {
            if let holder = use.holder, holder.node == node { holdings[holder.attachment, default: []].insert(address) }
        }
        return holdings
    }
}
