import Addressing
public import IPAMEngine
public import NodeReports
import Timeline

// What the daemon tells of its node.
extension Node {
    /// - Parameters:
    ///   - name: The node's name, as its operator knows it.
    ///   - instanceType: Its EC2 instance type.
    public func statusReport(node name: String, instanceType: String) -> StatusReport {
        let repairs = repairCount
        return read { engine in
            let enis = engine.enis
            let reason = engine.obstacle(at: clock()).map { StatusReport.Reason($0, at: clock()) }
            return StatusReport(
                node: name, instanceType: instanceType, addressing: engine.configuration.addressing.description,
                isStarted: engine.isStarted,
                addresses: enis.reduce(AddressCount(attached: 0, held: 0, cooling: 0, free: 0)) { $0 + AddressCount($1.count) },
                enis: enis.count, enisMax: settings.engine.limits.enis, prefixes: enis.reduce(0) { $0 + $1.prefixes.count },
                maxPods: settings.engine.limits.maxPods, pods: engine.allocations.count, waiting: engine.waitingRequests.count,
                callsInFlight: engine.callsInFlight.count, reason: reason,
                degradation: DegradationReport(engine.restraint, at: clock()), repairs: repairs)
        }
    }

    public func podsReport() -> PodsReport {
        read { engine in
            // A pod that was taken in from the kernel may be older than what is known of its ENI but for the device index.
            PodsReport(
                pods: engine.allocations.map {
                    PodsReport.Pod($0, on: engine.eni(at: DeviceSeat(card: $0.allocation.card, deviceIndex: $0.allocation.deviceIndex)))
                })
        }
    }

    public func enisReport() -> ENIsReport {
        ENIsReport(enis: read(\.enis).map(ENIsReport.ENI.init))
    }

    /// Why each pool is as large as it is.
    public func poolsReport() -> PoolsReport {
        let now = clock()
        return PoolsReport(pools: read { $0.poolExplanations(at: now) }.map { PoolsReport.Pool($0, at: now) })
    }

    /// Why the pods of this name have an address, wait for one, or were refused.
    public func explanation(ofPod name: PodName) -> PodExplanationReport {
        let now = clock()
        return PodExplanationReport(
            namespace: name.namespace, name: name.name,
            requests: read { $0.explanation(of: name, at: now) }.map { PodExplanationReport.Request($0, at: now) })
    }
}

extension StatusReport.Reason {
    fileprivate init(_ refusal: Refusal, at now: Instant) {
        self.init(code: refusal.code, explanation: refusal.explanation(at: now))
    }
}

extension PoolsReport.Pool {
    fileprivate init(_ pool: IPAMEngine.PoolExplanation, at now: Instant) {
        self.init(
            name: pool.name?.rawValue, card: pool.card,
            addresses: AddressCount(
                attached: pool.count.attached - pool.coming, held: pool.count.held, cooling: pool.count.cooling,
                free: pool.count.attached - pool.coming - pool.count.held - pool.count.cooling),
            coming: pool.coming, waiting: pool.count.waiting - pool.expected, expected: pool.expected, freeWanted: pool.goal.free,
            attachedWanted: pool.goal.minimum,
            short: pool.short, over: pool.over, enis: pool.enis, enisMax: pool.enisMax, goal: pool.reason,
            arrivalsPerSecond: pool.demand.arrivalsPerSecond, refillSeconds: pool.demand.refill.inSeconds, subnets: pool.subnets,
            reason: pool.refusal.map { StatusReport.Reason($0, at: now) })
    }
}

extension PodExplanationReport.Request {
    fileprivate init(_ explanation: IPAMEngine.PodExplanation, at now: Instant) {
        switch explanation {
        case .holding(let view):
            self.init(state: "holding", addresses: Array(view.allocation.addresses), containerID: view.allocation.attachment.containerID)
        case .waiting(let request, let position, let refusal):
            self.init(
                state: "waiting", position: position, seconds: now.duration(to: request.deadline).inSeconds,
                reason: StatusReport.Reason(refusal, at: now), containerID: request.attachment.containerID)
        case .refused(let past):
            self.init(
                state: "refused", seconds: past.moment.duration(to: now).inSeconds,
                reason: StatusReport.Reason(past.refusal, at: past.moment), containerID: past.attachment.containerID)
        }
    }
}

extension PodsReport.Pod {
    /// - Parameter eni: The ENI at the allocation's device index, where one is known.
    fileprivate init(_ view: IPAMEngine.AllocationView, on eni: ENIID?) {
        let allocation = view.allocation
        let state =
            switch view.wiring {
            case .wiring: "wiring"
            case .wired: view.isQuarantined ? "quarantined" : "wired"
            case .unwiring: "unwiring"
            }
        self.init(
            namespace: allocation.pod?.namespace ?? "", name: allocation.pod?.name ?? "", addresses: Array(allocation.addresses),
            eni: eni ?? allocation.eni, card: allocation.card, deviceIndex: allocation.deviceIndex,
            containerID: allocation.attachment.containerID,
            interface: allocation.attachment.interface, network: allocation.attachment.network, state: state)
    }
}

extension ENIsReport.ENI {
    fileprivate init(_ view: IPAMEngine.ENIView) {
        self.init(
            id: view.eni.id, card: view.eni.card, deviceIndex: view.eni.deviceIndex, pool: view.eni.pool?.rawValue,
            state: view.isLeaving ? "leaving" : view.isDraining ? "draining" : "serving", mac: view.eni.mac, subnet: view.eni.subnet,
            primaryAddress: view.eni.primaryAddress, addresses: AddressCount(view.count),
            secondaryAddresses: view.eni.secondaryAddresses.count,
            prefixes: view.prefixes.map { ENIsReport.Prefix(block: $0.prefix, addresses: AddressCount($0.count)) },
            ipv6Prefixes: view.eni.ipv6Prefixes, ipv6InUse: view.ipv6InUse)
    }
}

extension AddressCount {
    fileprivate init(_ count: IPAMEngine.AddressCount) {
        self.init(attached: count.held + count.cooling + count.free, held: count.held, cooling: count.cooling, free: count.free)
    }

    fileprivate static func + (a: AddressCount, b: AddressCount) -> AddressCount {
        AddressCount(
            attached: a.attached + b.attached, held: a.held + b.held, cooling: a.cooling + b.cooling, free: a.free + b.free)
    }
}
