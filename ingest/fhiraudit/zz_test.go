package fhiraudit_test
import ("testing";"os";"path/filepath";"math/rand";"bytes";"time";"fmt";"strings")
func TestMut(t *testing.T){
 fs,_:=filepath.Glob("testdata/*.txtar")
 rng:=rand.New(rand.NewSource(1))
 var seeds [][]byte
 for _,f:=range fs { b,_:=os.ReadFile(f); i:=bytes.Index(b,[]byte("-- input --\n")); if i<0{continue}; b=b[i+12:]; if j:=bytes.Index(b,[]byte("\n-- "));j>0{b=b[:j+1]}; seeds=append(seeds,b)}
 start:=time.Now(); n:=0
 for time.Since(start)<20*time.Second { n++
  b:=bytes.Clone(seeds[rng.Intn(len(seeds))])
  for k:=0;k<1+rng.Intn(6);k++ { if len(b)==0{break}; i:=rng.Intn(len(b)); switch rng.Intn(5){case 0: b[i]=byte(rng.Intn(256)); case 1: b=b[:i]; case 2: j:=i+rng.Intn(min(60,len(b)-i)); b=append(b[:i:i],b[j:]...); case 3: s:=seeds[rng.Intn(len(seeds))]; x:=rng.Intn(len(s)); y:=x+rng.Intn(min(200,len(s)-x)); b=append(b[:i:i],append(bytes.Clone(s[x:y]),b[i:]...)...); case 4: b[i]="{}[]\"\\,:<>\n"[rng.Intn(11)]}}
  os.WriteFile("/tmp/fx/last.bin",b,0o600)
  done:=make(chan bool,1)
  go func(){ parseStream(t,bytes.NewReader(b),nowhere{}); done<-true}()
  select{case <-done: case <-time.After(5*time.Second): t.Fatal("hang")}
 }
 fmt.Println(n, strings.Repeat("-",3))
}
