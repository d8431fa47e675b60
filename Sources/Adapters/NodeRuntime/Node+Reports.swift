import Addressing
import IPAMEngine
public import NodeReports

// What the daemon tells of its node.
extension Node {
    /// - Parameters:
    ///   - name: The node's name, as its operator knows it.
    ///   - instanceType: Its EC2 instance type.
    public func statusReport(node name: String, instanceType: String) -> StatusReport {
        read { engine in
            let enis = engine.enis
            let reason = engine.obstacle(at: clock()).map {
                StatusReport.Reason(code: $0.code, explanation: $0.explanation(at: clock()))
            }
            return StatusReport(
                node: name, instanceType: instanceType, addressing: settings.engine.addressing.rawValue, isStarted: engine.isStarted,
                addresses: enis.reduce(AddressCount(attached: 0, held: 0, cooling: 0, free: 0)) { $0 + AddressCount($1.count) },
                enis: enis.count, enisMax: settings.engine.limits.enis, prefixes: enis.reduce(0) { $0 + $1.prefixes.count },
                maxPods: settings.engine.limits.maxPods, pods: engine.allocations.count, waiting: engine.waitingRequests.count,
                callsInFlight: engine.callsInFlight.count, reason: reason)
        }
    }

    public func podsReport() -> PodsReport {
        read { engine in
            // A pod that was taken in from the kernel may be older than what is known of its ENI but for the device index.
            PodsReport(pods: engine.allocations.map { PodsReport.Pod($0, on: engine.eni(atDeviceIndex: $0.allocation.deviceIndex)) })
        }
    }

    public func enisReport() -> ENIsReport {
        ENIsReport(enis: read(\.enis).map(ENIsReport.ENI.init))
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
            namespace: allocation.pod?.namespace ?? "", name: allocation.pod?.name ?? "", address: allocation.address,
            eni: eni ?? allocation.eni, deviceIndex: allocation.deviceIndex, containerID: allocation.attachment.containerID,
            interface: allocation.attachment.interface, network: allocation.attachment.network, state: state)
    }
}

extension ENIsReport.ENI {
    fileprivate init(_ view: IPAMEngine.ENIView) {
        self.init(
            id: view.eni.id, deviceIndex: view.eni.deviceIndex, mac: view.eni.mac, subnet: view.eni.subnet,
            primaryAddress: view.eni.primaryAddress, addresses: AddressCount(view.count),
            secondaryAddresses: view.eni.secondaryAddresses.count,
            prefixes: view.prefixes.map { ENIsReport.Prefix(block: $0.prefix, addresses: AddressCount($0.count)) })
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
