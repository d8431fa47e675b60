import NodePorts
import NodePortsTesting
import Testing

@Suite struct InMemoryKernelContractTests {
    @Test(arguments: KernelContract.cases + KernelContract.vlanCases)
    func theKernelInMemoryMeansWhatLinuxMeans(_ statement: KernelContract.Case) throws {
        let kernel = InMemoryKernel()
        let sandbox = kernel.createNamespace(named: "sandbox")
        let descriptors = try kernel.openDescriptors(of: sandbox)
        let node = kernel.kernel(for: kernel.host)
        let failures = statement.failures(
            host: try node.openHost(), sandbox: try node.openSandbox(descriptors), sandboxNetns: descriptors.netns)
        #expect(failures == [], "\(statement)")
    }

    @Test func everyCaseSaysSomethingElse() {
        let statements = (KernelContract.cases + KernelContract.vlanCases).map(\.description)
        #expect(Set(statements).count == statements.count)
        #expect(statements.count >= 30)
    }
}
