/// Returns the name of the ENIConfig that decides where a node's ENIs are made, as the incumbent chooses it (reference §6.1).
///
/// The label by which an outside controller names it comes first, then the node's annotation, then its label. What is there
/// counts even when it is empty, and then names no ENIConfig.
///
/// - Parameters:
///   - labels: The node's.
///   - annotations: The node's.
///   - variables: The keys of annotation and label.
/// - Returns: `default` when none of the three is there.
public func eniConfigName(labels: [String: String], annotations: [String: String], variables: NodeVariables) -> String {
    labels["vpc.amazonaws.com/externalEniConfig"] ?? annotations[variables.placement.eniConfigAnnotation]
        ?? labels[variables.placement.eniConfigLabel] ?? "default"
}
