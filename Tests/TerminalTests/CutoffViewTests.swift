import AzureLinux
import Terminal
import Testing

@testable import azl_dev

/// What is said of dependents that were left as they are and built once more.
@Suite struct CutoffViewTests {
  private let view = BuildView(style: .plain)

  @Test func aRightSkipIsOneLine() {
    let text = view.verified(.init(spec: "lantern-app"))
    #expect(text.hasSuffix("Verified  lantern-app  built once more, it is the same"))
  }

  @Test func aWrongSkipNamesThePackages() {
    let text = view.verified(.init(spec: "lantern-show", differs: ["lantern-show-1.0-1.azl3.noarch"]))
    #expect(
      text.contains(
        "lantern-show should have been built again: built once more, it is another: lantern-show-1.0-1.azl3.noarch"
      ))
    #expect(text.hasSuffix("hint   [build] dependents = \"exact\" follows all that changes"))
  }

  @Test func aSkipThatHidAFailureNamesItsLog() {
    let trouble = BuildReport.Trouble(
      stage: "%build", message: "lantern.h: No such file", file: ".azldev/logs/x/1-trial/build.log", line: 7)
    let text = view.verified(.init(spec: "x", failure: trouble))
    #expect(text.contains("it no longer builds: lantern.h: No such file"))
    #expect(text.contains("log    .azldev/logs/x/1-trial/build.log:7"))
  }
}
