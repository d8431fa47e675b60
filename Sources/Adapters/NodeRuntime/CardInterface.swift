import IPAMEngine
import PodNetwork

/// One of the interfaces of a pod that asked for one on each network card.
///
/// The first is that of the CNI request; those behind it are attachments of their own that the runtime knows nothing of, named
/// `mNicIf1`, `mNicIf2` and so on (reference §3.3).
struct CardInterface: Hashable, Sendable {
    /// Its place among the pod's interfaces, from 0.
    let place: Int
    /// The network card that its address is of; nil for any, where the pod has but one interface.
    let card: Int?

    private static let prefix = "mNicIf"
    /// Pods of Kubernetes have their first interface by this name; no other can ask for more.
    static let firstName = "eth0"

    /// The annotation by which a pod asks for an interface on each card, and its value.
    static let annotation = (name: "k8s.amazonaws.com/nicConfig", value: "multi-nic-attachment")

    /// The interfaces of a pod, by place.
    ///
    /// - Parameter enisByCard: How many ENIs each card takes; one that takes none serves no pod.
    static func all(enisByCard: [Int]) -> [CardInterface] {
        enisByCard.indices.filter { enisByCard[$0] > 0 }.enumerated().map { CardInterface(place: $0.offset, card: $0.element) }
    }

    /// The place of an attachment among its pod's interfaces, from its name.
    ///
    /// Runtimes that attach a pod to further networks name the interfaces by number as well: Multus `net1` and on, podman and nerdctl
    /// `eth1` and on. A pod can have but one default route in its main table, and that is its first interface's.
    static func place(of attachment: PodAttachment) -> Int {
        for prefix in [prefix, "net", "eth"] where attachment.interface.hasPrefix(prefix) {
            guard let number = Int(attachment.interface.dropFirst(prefix.count)) else { continue }
            return (1..<PodNetworkPlan.interfacesMax).contains(number) ? number : 0
        }
        return 0
    }

    /// - Parameter first: The attachment of the CNI request.
    func attachment(behind first: PodAttachment) -> PodAttachment {
        guard place > 0 else { return first }
        return PodAttachment(network: first.network, containerID: first.containerID, interface: "\(Self.prefix)\(place)")
    }
}
