import Addressing
import CapacityPlanner
import NodeConfiguration
import PlanFile
import Testing

@Suite struct HistoryTests {
    private static let subnets = [SubnetID(unchecked: "subnet-0a"), SubnetID(unchecked: "subnet-0b")]

    private func history(_ csv: String) throws -> [SubnetID: SubnetHistory] {
        try PlanFile.history(csv: csv, file: "free.csv", subnets: Self.subnets)
    }

    private func faults(_ csv: String) -> [String] {
        do throws(ConfigurationFaults) {
            _ = try PlanFile.history(csv: csv, file: "free.csv", subnets: Self.subnets)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func linesOfThePlansSubnetsAreRead() throws {
        let csv = """
            subnet,date,free_addresses,free_blocks,note
            subnet-0a,2026-11-20,1930,71,
            subnet-0a,2026-11-21T06:00:00Z,1904,,x
            "subnet-0b", 2026-11-21 ,12,0,\r
            subnet-other,never,many,,

            """
        let day = try #require(Day("2026-11-20"))
        let history = try history(csv)
        #expect(history[Self.subnets[0]]?.addresses == [.init(day: day, free: 1930), .init(day: day + 1, free: 1904)])
        #expect(history[Self.subnets[0]]?.blocks == [.init(day: day, free: 71)])
        #expect(
            history[Self.subnets[1]] == SubnetHistory(addresses: [.init(day: day + 1, free: 12)], blocks: [.init(day: day + 1, free: 0)]))
        #expect(history.count == 2)
    }

    @Test(arguments: [
        ("", "free.csv:1: the file is empty. Begin with the line date,subnet,free_addresses,free_blocks"),
        ("date,subnet\n", "free.csv:1: the column free_addresses is missing"),
        ("date,subnet,free_addresses\n2026-11-21,subnet-0a\n", "free.csv:2: the line has 2 cells, and the first has 3"),
        ("date,subnet,free_addresses\n21.11.2026,subnet-0a,3\n", "free.csv:2: \"date\" is \"21.11.2026\". Give a day such as"),
        (
            "date,subnet,free_addresses\n\n2026-11-21,subnet-0a,-3\n",
            "free.csv:3: \"free_addresses\" is \"-3\". Give a whole number from 0 to 65536"
        ),
        (
            "date,subnet,free_addresses\n2026-11-21,subnet-0c,3\n",
            "no line is about a subnet of the plan. Name its subnets: subnet-0a, subnet-0b"
        ),
    ])
    func aMistakeIsToldWithItsLine(csv: String, fault: String) {
        #expect(faults(csv).contains { $0.contains(fault) }, "\(faults(csv))")
    }

    @Test func faultsAreToldAtOnceUpToAHundred() {
        #expect(faults("date,subnet,free_addresses\n" + String(repeating: "x,subnet-0a,y\n", count: 1000)).count == 101)
    }
}
