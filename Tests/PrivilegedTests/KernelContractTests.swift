import NodePortsTesting
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct KernelContractTests {
    @Test(arguments: KernelContract.cases)
    func linuxMeans(_ statement: KernelContract.Case) throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let failures = statement.failures(host: try host.open(), sandbox: try sandbox.open(), sandboxNetns: sandbox.netns)
        #expect(failures == [], "\(statement)")
    }
}
