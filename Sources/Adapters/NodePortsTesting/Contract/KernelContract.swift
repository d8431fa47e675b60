public import NodePorts
import PodNetwork

/// What every ``KernelNamespace`` means by its requests: a list of cases, run on the kernel in memory and on the real one.
///
/// Each expectation was taken from Linux; the real kernel is asked again whenever the privileged tests run.
public enum KernelContract {
    /// Every case. Each needs a fresh pair of namespaces and leaves them changed.
    public static let cases: [Case] =
        linkCases + linkSettingCases + addressCases + routeCases + routeRefusalCases + ipv6Cases + ruleCases + neighbourCases
        + sysctlCases + batchCases + desiredStateCases + podCases + addressEdgeCases + routeEdgeCases + linkEdgeCases

    /// One statement about the kernel, and how to check it.
    public struct Case: Sendable, CustomStringConvertible {
        /// The statement, a sentence.
        public let description: String
        private let check: @Sendable (inout ContractRun) throws -> Void

        init(_ description: String, check: @escaping @Sendable (inout ContractRun) throws -> Void) {
            self.description = description
            self.check = check
        }

        /// Checks the statement on two fresh namespaces.
        ///
        /// - Parameter sandboxNetns: A descriptor of the sandbox.
        /// - Returns: What was found to be otherwise, empty when the statement holds.
        public func failures(host: any KernelNamespace, sandbox: any KernelNamespace, sandboxNetns: Int32) -> [String] {
            var run = ContractRun(host: host, sandbox: sandbox, sandboxNetns: sandboxNetns)
            do {
                try check(&run)
            } catch {
                run.failures.append("stopped: \(error)")
            }
            return run.failures
        }
    }
}
