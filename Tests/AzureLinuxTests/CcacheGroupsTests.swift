import Foundation
import Testing

@testable import AzureLinux

@Suite struct CcacheGroupsTests {
  @Test func groupsAsUpstreamListsThem() throws {
    let text = """
      {"remoteStore": {"type": "azure-blob-storage", "downloadEnabled": true},
       "groups": [
        {"name": "kernel", "comment": "", "enabled": true, "packageNames": ["kernel", "kernel-mshv"]},
        {"name": "php", "comment": "breaks", "enabled": false, "packageNames": ["php"]}]}
      """
    let groups = try CcacheGroups(Data(text.utf8), path: "ccache-configuration.json")
    #expect(groups.group(of: "kernel") == "kernel")
    #expect(groups.group(of: "kernel-mshv") == "kernel")
    #expect(groups.group(of: "php") == nil)
    #expect(groups.group(of: "zip") == "common")
    #expect(CcacheGroups().group(of: "zip") == "common")
    #expect(throws: CcacheError.self) { try CcacheGroups(Data("[".utf8), path: "x") }
  }
}
