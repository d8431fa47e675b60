import Addressing
import NodePorts
import Synchronization

/// A VPC in which ENIs lie about: EC2 as the sweep asks it.
final class LeftENIs: Sendable {
    private let state: Mutex<State>

    private struct State {
        var enis: [ENIID: UnattachedENI] = [:]
        var attached: Set<ENIID> = []
        var stuck: Set<ENIID> = []
        var living: Set<InstanceID> = []
        var failures: [String: EC2Failure] = [:]
        var calls: [String: Int] = [:]

        mutating func admit(_ call: String) throws(EC2Failure) {
            calls[call, default: 0] += 1
            if let failure = failures[call] { throw failure }
        }
    }

    static let here = InstanceID(unchecked: "i-0a")
    static let gone = InstanceID(unchecked: "i-0dead")
    static let other = InstanceID(unchecked: "i-0b")

    init(_ enis: [UnattachedENI], living: Set<InstanceID> = [here, other]) {
        state = Mutex(State(enis: Dictionary(enis.map { ($0.id, $0) }) { first, _ in first }, living: living))
    }

    /// An ENI as the node of an instance of cluster `prod` makes it, an hour old.
    static func eni(_ number: Int = 1, of maker: InstanceID = gone, _ change: (inout UnattachedENI) -> Void = { _ in }) -> UnattachedENI {
        var eni = UnattachedENI(
            id: ENIID(unchecked: "eni-0\(number)"), subnet: SubnetID(unchecked: "subnet-0a"), description: "aws-K8S-\(maker)",
            tags: [
                "node.k8s.amazonaws.com/instance_id": maker.rawValue, "cluster.k8s.amazonaws.com/name": "prod",
                "eks:eni:owner": "amazon-vpc-cni",
            ], age: .seconds(3600))
        change(&eni)
        return eni
    }

    // MARK: - What becomes of them

    var left: [ENIID] { state.withLock { $0.enis.keys.filter { [attached = $0.attached] in !attached.contains($0) }.sorted() } }
    var all: [ENIID] { state.withLock { $0.enis.keys.sorted() } }
    func calls(_ name: String) -> Int { state.withLock { $0.calls[name, default: 0] } }
    func attach(_ eni: ENIID) { state.withLock { _ = $0.attached.insert(eni) } }
    func refuseToDelete(_ eni: ENIID) { state.withLock { _ = $0.stuck.insert(eni) } }
    func remove(_ eni: ENIID) { state.withLock { $0.enis[eni] = nil } }

    /// From here on the call is answered with the code; nil for none.
    func fail(_ call: String, _ code: String?) {
        state.withLock { $0.failures[call] = code.map { EC2Failure(code: $0, message: "no") } }
    }

    var control: OrphanControl {
        OrphanControl(
            describeUnattached: { () throws(EC2Failure) in
                try self.state.withLock { state throws(EC2Failure) in
                    try state.admit("describe")
                    return state.enis.values.filter { !state.attached.contains($0.id) }.sorted { $0.id < $1.id }
                }
            },
            livingInstances: { (instances) throws(EC2Failure) in
                try self.state.withLock { state throws(EC2Failure) in
                    try state.admit("instances")
                    return state.living.intersection(instances)
                }
            },
            delete: { (eni) throws(EC2Failure) in
                try self.state.withLock { state throws(EC2Failure) in
                    try state.admit("delete")
                    if state.attached.union(state.stuck).contains(eni) {
                        throw EC2Failure(code: "InvalidParameterValue", message: "in use")
                    }
                    state.enis[eni] = nil
                }
            })
    }
}
