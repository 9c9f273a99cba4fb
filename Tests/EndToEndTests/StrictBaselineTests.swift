import AzureLinux
import Foundation
import Testing

extension EndToEnd.Building {
  /// An unchanged spec whose version nobody has published.
  @Suite(.serialized) struct StrictBaseline {
    @Test func anotherVersionServesWithANoticeOrIsRefused() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/liblantern/liblantern.spec"
        try tree.edit(spec, "Release:        1%", "Release:        5%")
        try await tree.commit("a release that is not published yet")
        try await tree.initialise()

        try await tree.azl("try", "lantern-app", "--strict-baseline").expectFailure(
          .failed,
          ["liblantern-1.2-5.azl3.x86_64", "liblantern-1.2-1.azl3.x86_64", "--strict-baseline"])
        let served = try await tree.azl("try", "lantern-app")
        #expect(served.status == 0, "\(served.all)")
        #expect(
          served.err.contains("published in another version than the tree's: liblantern"), "\(served.err)")
      }
    }
  }
}
