package web

import (
	"fmt"
	"reflect"
	"strings"
)

// checkBody refuses a body with a text that has a zero byte: JSON can write one, no
// name has it, and PostgreSQL stores none. The error names the field.
func checkBody(in any) error {
	v := reflect.ValueOf(in).Elem()
	if v.Kind() != reflect.Struct {
		return nil
	}
	if body := v.FieldByName("Body"); body.IsValid() {
		return checkTexts("body", body)
	}
	return nil
}

// checkTexts checks every text of a value and says where the first bad one is.
func checkTexts(at string, v reflect.Value) error {
	switch v.Kind() { //nolint:exhaustive // Nothing else holds text.
	case reflect.String:
		return checkText(at, v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			return checkTexts(at, v.Elem())
		}
	case reflect.Slice:
		return checkList(at, v)
	case reflect.Struct:
		return checkFields(at, v)
	}
	return nil
}

func checkList(at string, v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return nil // no text, or one that its operation reads line by line
	}
	for i := range v.Len() {
		if err := checkTexts(fmt.Sprintf("%s[%d]", at, i), v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func checkFields(at string, v reflect.Value) error {
	for field, value := range v.Fields() {
		if !field.IsExported() {
			continue
		}
		inside := at
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			inside += "." + name
		}
		if err := checkTexts(inside, value); err != nil {
			return err
		}
	}
	return nil
}
