import Pipeline
import Terminal
import Testing

@testable import azl_dev

@Suite struct GraphViewTests {
  private let lib = Subject(kind: .spec, name: "lib", specs: ["lib"], packages: ["lib", "lib-devel"])
  private let view = GraphView(style: .plain, limit: 2)

  @Test func dependentsAreCountedAndTheNearestNamed() {
    func dependent(_ name: String, _ level: Int) -> DependentsAnswer.Dependent {
      .init(
        level: level, kind: .builds, spec: name, package: nil, via: "lib-devel", of: "lib-devel",
        file: "SPECS/\(name)/\(name).spec", line: 7)
    }
    var answer = DependentsAnswer(
      subject: lib,
      levels: [.init(level: 1, builds: 3, requires: 1), .init(level: 2, builds: 1, requires: 0)],
      specs: 5,
      dependents: ["one", "three", "two"].map { dependent($0, 1) })
    answer.dependents.append(
      .init(
        level: 1, kind: .requires, spec: "tools", package: "tools-extra", via: "lib.so.1", of: "lib",
        file: "SPECS/tools/tools.spec", line: nil))
    answer.dependents.append(dependent("far", 2))
    #expect(
      view.lines(answer) == [
        "lib  needed by 5 other specs",
        "build with it 3",
        "  one            lib-devel  SPECS/one/one.spec:7",
        "  three          lib-devel  SPECS/three/three.spec:7",
        "  … and 1 more (--all)",
        "require it 1",
        "  tools-extra    lib.so.1  SPECS/tools/tools.spec",
        "build with it, level 2 1",
        "  far            lib-devel  SPECS/far/far.spec:7",
      ])
    answer.dependents = []
    #expect(view.lines(answer) == ["nothing in the tree needs lib"])
  }

  @Test func needsSayWhoMeetsThemAndWhichNobodyDoes() {
    func need(_ text: String, _ package: String?, _ providers: [NeedsAnswer.Provider]) -> NeedsAnswer.Need {
      .init(
        kind: package == nil ? .builds : .requires, spec: "lib", package: package, text: text,
        file: "SPECS/lib/lib.spec", line: 4, providers: providers)
    }
    let answer = NeedsAnswer(
      subject: lib,
      needs: [
        need("gcc", nil, [.init(package: "gcc", spec: nil)]),
        need("zlib-devel", nil, [.init(package: "zlib-devel", spec: "zlib")]),
        need("lib = 1-1", "lib-devel", [.init(package: "lib", spec: "lib")]), need("lost", "lib-devel", []),
      ])
    #expect(
      view.lines(answer) == [
        "lib",
        "to build 2",
        "  gcc            gcc (published)  SPECS/lib/lib.spec:4",
        "  zlib-devel     zlib-devel of zlib  SPECS/lib/lib.spec:4",
        "to run lib-devel 2",
        "  lib = 1-1      lib  SPECS/lib/lib.spec:4",
        "  lost           nobody provides it  SPECS/lib/lib.spec:4",
        "",
        "✗ nobody provides 1",
        "  lost",
      ])
  }

  private let steps = [
    WhyAnswer.Step(
      kind: .builds, spec: "app", package: nil, via: "pkgconfig(lib)", provider: "lib-devel",
      providerSpec: "lib", file: "SPECS/app/app.spec", line: 7),
    WhyAnswer.Step(
      kind: .requires, spec: "lib", package: "lib-devel", via: "glibc", provider: "glibc",
      providerSpec: "glibc", file: "SPECS/lib/lib.spec", line: 9),
  ]

  @Test func aWayHasOneLineForEachStep() {
    let app = Subject(kind: .spec, name: "app", specs: ["app"], packages: ["app"])
    let glibc = Subject(kind: .capability, name: "libc.so.6", specs: ["glibc"], packages: ["glibc"])
    var answer = WhyAnswer(from: app, to: glibc, isNeeded: true, builds: 0, path: steps)
    let path = [
      "  app            builds with pkgconfig(lib) (lib-devel of lib)  SPECS/app/app.spec:7",
      "  lib-devel      requires    glibc  SPECS/lib/lib.spec:9",
    ]
    #expect(view.lines(answer) == ["app needs libc.so.6 (glibc)"] + path)
    answer.builds = 1
    #expect(
      view.lines(answer).first
        == "app needs libc.so.6 (glibc) only where 1 other spec on the way is built too")
    answer.isNeeded = false
    #expect(view.lines(answer) == ["app does not need libc.so.6 (glibc), neither to be built nor to run"])
  }

  @Test func circlesNameTheirMembersAndTheShortest() {
    let component = CyclesAnswer.Component(
      size: 3, members: ["app", "lib", "more"], shortest: steps, builds: 2, selves: ["lib"])
    let own = CyclesAnswer.Component(
      size: 1, members: ["app"], shortest: [steps[0]], builds: 1, selves: ["app"])
    #expect(
      view.lines(CyclesAnswer(subject: nil, components: [component, own, own])) == [
        "3 specs need each other to be built",
        "  app lib",
        "  … and 1 more (--all)",
        "  shortest circle, 2 builds:",
        "  app            builds with pkgconfig(lib) (lib-devel of lib)  SPECS/app/app.spec:7",
        "  lib-devel      requires    glibc  SPECS/lib/lib.spec:9",
        "  build with their own packages: 1",
        "  lib",
        "app builds with its own packages",
        "  app            builds with pkgconfig(lib) (lib-devel of lib)  SPECS/app/app.spec:7",
        "… and 1 more (--all)",
      ])
    #expect(
      view.lines(CyclesAnswer(subject: lib, components: [])) == ["lib is in no circle of builds"])
  }
}
