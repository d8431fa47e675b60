public import Addressing
public import PodNetwork

/// Something that happened in a namespace by which an object may have been lost.
public enum KernelNotice: Hashable, Sendable {
    case linkGone(LinkName)
    /// A link was made or changed; what it is from here on. One that goes down takes its IPv4 routes along without a word.
    case linkChanged(LinkState)
    case addressGone(InterfaceAddress)
    case ruleGone(Rule)
    case routeGone(Route)
    /// A route was made, perhaps in the place of another, of which nothing else is told.
    case routeMade(Route)
    case neighbourGone(LinkName, IPAddress)
    /// More happened than could be told: anything may have changed.
    case overrun
}

/// Tells what happens in a namespace until it is stopped.
public protocol KernelMonitor: AnyObject, Sendable {
    /// Ends the notices. One that is being delivered may still be under way when this returns.
    func stop()
}
