public import Addressing
import CNISpec
public import IPAMEngine
public import PodNetwork

/// Where the node learns which pods have a branch ENI: the cluster's controller makes it and says so on the pod.
public struct BranchENISource: Sendable {
    public enum Answer: Hashable, Sendable {
        /// The pod asks for none: it gets an address of the node's pool.
        case none
        /// The pod asks for one that is not there yet, or cannot be read.
        case awaited(problem: String)
        case ready(BranchENI)
    }

    /// The MAC address of the node's trunk ENI; nil while the node has none.
    public var trunk: @Sendable () -> MACAddress?
    /// - Parameter annotations: Those that the runtime passes on, by name.
    public var branchENI: @Sendable (_ pod: PodName, _ annotations: [String: String]) -> Answer

    public init(
        trunk: @escaping @Sendable () -> MACAddress?,
        branchENI: @escaping @Sendable (_ pod: PodName, _ annotations: [String: String]) -> Answer
    ) {
        self.trunk = trunk
        self.branchENI = branchENI
    }

    /// No pod has one (`ENABLE_POD_ENI` is off).
    public static let none = BranchENISource(trunk: { nil }, branchENI: { _, _ in .none })

    /// Believes the annotations that the runtime passes on: for simulations, where nobody but the operator writes them.
    public static func passedAnnotations(trunk: MACAddress) -> BranchENISource {
        BranchENISource(trunk: { trunk }, branchENI: { _, annotations in Answer(annotation: annotations[PodENIAnnotation.name]) })
    }
}

extension BranchENISource.Answer {
    /// What a pod's annotation says; none where it is missing.
    public init(annotation text: String?) {
        guard let text else {
            self = .none
            return
        }
        do throws(PodENIAnnotation.Fault) {
            let annotation = try PodENIAnnotation(parsing: text)
            let branch = BranchENI(
                mac: annotation.mac, vlanID: annotation.vlanID, addresses: annotation.addresses,
                gatewayIPv4: annotation.addresses.contains { $0.family == .v4 } ? annotation.ipv4Subnet?[1] : nil)
            let numbers = BranchENI.vlanIDs
            let problem = "VLAN \(annotation.vlanID) of \(annotation.eni) is not from \(numbers.lowerBound) to \(numbers.upperBound)"
            self = branch.map(Self.ready) ?? .awaited(problem: problem)
        } catch {
            self = .awaited(problem: "\(error)")
        }
    }
}
