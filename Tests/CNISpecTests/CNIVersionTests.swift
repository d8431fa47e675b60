import CNISpec
import JSON
import Testing

struct CNIVersionTests {
    @Test func versionsSortAsTheyWerePublished() {
        #expect(CNIVersion.allCases.map(\.rawValue) == ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
        #expect(CNIVersion.allCases.sorted() == CNIVersion.allCases)
        #expect(Set(CNIVersion.allCases).count == CNIVersion.allCases.count)
        for (older, younger) in zip(CNIVersion.allCases, CNIVersion.allCases.dropFirst()) {
            #expect(older < younger)
            #expect(!(younger < older))
        }
    }

    @Test(arguments: CNIVersion.allCases) func aVersionIsReadFromTheTextItPrints(version: CNIVersion) {
        #expect(CNIVersion("\(version)") == version)
    }

    @Test(arguments: ["", "1.0", "1.1.0 ", "v1.0.0", "0.5.0", "1.2.0", "1.0.0-rc1"])
    func otherTextsAreNoVersionOfOurs(text: String) {
        #expect(CNIVersion(text) == nil)
    }

    @Test(arguments: CNIVersion.allCases) func theAnswerListsEveryVersionInTheOneAsked(version: CNIVersion) {
        #expect(
            version.answer.description
                == #"{"cniVersion":"\#(version)","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}"#)
    }
}
