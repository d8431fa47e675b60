/// What is known of the objects that are followed.
public enum Followed<R: Resource>: Hashable, Sendable {
    /// All there are: what is not among them is gone. Comes first, and again whenever changes may have been missed.
    case listed([R])
    /// One is there, or has changed.
    case changed(R)
    /// One is gone, as it was last; also one that the selection holds no more.
    case removed(R)
    /// Changes may come late. What was told before stands, and the following goes on by itself.
    case interrupted(KubernetesFailure)
}
