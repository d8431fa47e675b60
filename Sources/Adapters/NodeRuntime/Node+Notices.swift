import Addressing
import IPAMEngine
import NodePorts
import PodNetwork

extension Node {
    /// Whether the notices tell of something that the node needs, and not of what its own ADDs and DELs do.
    ///
    /// By the time this is asked, a DEL that removed an object has let go of its address as well.
    func concern(_ notices: [KernelNotice]) -> Bool {
        let suspicion = Suspicion(notices)
        return suspicion.isCertain || unpooledPods.contains { $0.isRepaired && suspicion.concerns($0) }
            || read { suspicion.isFounded(in: $0) }
    }
}

/// What notices say may have been damaged.
private struct Suspicion: Sendable {
    /// Whether it need not be asked whose the damaged objects are.
    private(set) var isCertain = false
    /// Addresses that a pod or an ENI may have.
    private var addresses: Set<IPAddress> = []
    /// Links that a pod may have had.
    private var goneLinks: Set<String> = []
    /// Links that a pod or an ENI may have, as they are; one that was down for a moment has lost its routes.
    private var changedLinks: [String: LinkState] = [:]
    /// Links that have a route to the address.
    private var routes: [IPAddress: LinkName] = [:]

    init(_ notices: [KernelNotice]) {
        for notice in notices { take(notice) }
    }

    private mutating func take(_ notice: KernelNotice) {
        switch notice {
        case .overrun: isCertain = true
        case .linkGone(let name): goneLinks.insert(name.rawValue)
        case .linkChanged(var link):
            link.isUp = link.isUp && changedLinks[link.name.rawValue]?.isUp ?? true
            changedLinks[link.name.rawValue] = link
        case .addressGone(let address): addresses.insert(address.address)
        case .ruleGone(let rule): take(rule)
        case .routeGone(let route) where route.destination.isHost && route.table == .main: addresses.insert(route.destination.network)
        case .routeGone(let route): isCertain = isCertain || route.origin == .berth
        case .routeMade(let route) where route.destination.isHost: routes[route.destination.network] = route.device
        // Of neighbours of IPv4 none is ours, and the kernel forgets those it learnt all the time.
        case .neighbourGone(_, let address) where address.family == .v6: addresses.insert(address)
        case .routeMade, .neighbourGone: break
        }
    }

    private mutating func take(_ rule: Rule) {
        if let block = rule.destination ?? rule.source, block.isHost {
            addresses.insert(block.network)
        } else {
            isCertain = isCertain || rule.origin == .berth
        }
    }

    func isFounded(in engine: borrowing IPAMEngine) -> Bool {
        let macsDown = Set(changedLinks.values.filter { !$0.isUp }.map(\.mac))
        return engine.hasWired(where: concerns)
            || engine.enis.contains { macsDown.contains($0.eni.mac) || addresses.contains(.v4($0.eni.primaryAddress)) }
    }

    private func concerns(_ pod: Allocation) -> Bool {
        if pod.isWiredByOthers { return pod.addresses.contains(where: addresses.contains) }
        return concerns(pod.addresses, behind: pod.hostLink, alias: PodAlias.text(pod.attachment, pod.pod))
    }

    func concerns(_ pod: UnpooledPod) -> Bool {
        concerns(pod.addresses, behind: pod.hostLink.rawValue, alias: PodAlias.text(pod.attachment, pod.pod, source: .ipamPlugin))
    }

    private func concerns(_ held: some Sequence<IPAddress>, behind hostLink: String, alias: @autoclosure () -> String) -> Bool {
        if goneLinks.contains(hostLink) { return true }
        if let link = changedLinks[hostLink], !link.isUp || !link.alias.isEmpty && link.alias != alias() { return true }
        return held.contains { address in
            addresses.contains(address) || routes[address].map { $0.rawValue != hostLink } ?? false
        }
    }
}
