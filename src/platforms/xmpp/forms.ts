// Forms (XEP-0004): the one that makes a room ours, and those that commands ask their questions with.
import type { Xml } from '#core/xmpp.ts'
import { KEPT } from './room.ts'
import { all, el, find, NS, textOf } from './stanza.ts'

export interface Field {
  name: string
  type: 'list-single' | 'text-single' | 'text-multi'
  label: string
  required?: boolean
  options?: { value: string; label: string }[]
}

/**
 * Only people on the list come in, everybody sees who is who, the room stays when it is empty and is in no public list, and only we set
 * its subject. Fields that a server does not have are left out, since some refuse a form with one they do not know.
 */
const WANTED: Record<string, string> = {
  'muc#roomconfig_persistentroom': '1',
  'muc#roomconfig_membersonly': '1',
  'muc#roomconfig_publicroom': '0',
  'muc#roomconfig_whois': 'anyone',
  'muc#roomconfig_changesubject': '0',
  'muc#roomconfig_moderatedroom': '0',
  'muc#roomconfig_allowinvites': '0',
  'muc#roomconfig_historylength': String(KEPT),
  'muc#maxhistoryfetch': String(KEPT),
  'muc#roomconfig_enablelogging': '0',
  'muc#roomconfig_enablearchiving': '1',
  // ejabberd's own words.
  mam: '1',
  members_by_default: '1',
  allow_private_messages: '1',
  public_list: '0',
  // Openfire's.
  'x-muc#roomconfig_canchangenick': '1',
}

export function roomForm(given: Xml, title: string): Xml {
  const form = find(find(given, 'query', NS.owner), 'x', NS.data)
  const wanted = new Map(Object.entries({ ...WANTED, 'muc#roomconfig_roomname': title }))
  const fields = all(form, 'field').flatMap((field) => {
    const { var: name, type } = field.attrs
    if (name === undefined || type === 'fixed') return []
    const ours = wanted.get(name)
    const values = ours === undefined ? all(field, 'value').map(textOf) : [ours]
    return [el('field', { var: name }, ...values.map((value) => el('value', {}, value)))]
  })
  return el('x', { xmlns: NS.data, type: 'submit' }, ...fields)
}

export function askForm(title: string, fields: Field[]): Xml {
  return el(
    'x',
    { xmlns: NS.data, type: 'form' },
    el('title', {}, title),
    ...fields.map(({ name, type, label, required, options = [] }) =>
      el(
        'field',
        { var: name, type, label },
        required && el('required'),
        ...options.map((option) => el('option', { label: option.label }, el('value', {}, option.value))),
      ),
    ),
  )
}

export function answersOf(form: Xml | undefined): Record<string, string> {
  return Object.fromEntries(
    all(form, 'field').flatMap(({ attrs, children }) =>
      attrs.var === undefined ? [] : [[attrs.var, all({ name: '', attrs: {}, children }, 'value').map(textOf).join('\n')]],
    ),
  )
}
