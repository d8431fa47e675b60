public import IPAMEngine
public import PodNetwork

/// The pods of a node by the links that they have there, for who has no daemon to ask.
public enum PodLinks {
    /// The pods whose links are among these, by what their aliases say; a pod has one for each interface.
    public static func attachments(in links: [LinkState]) -> Set<PodAttachment> {
        Set(links.compactMap { PodAlias.parse($0.alias)?.attachment })
    }
}
